"""The back door: the venue's private truth, and a tester's hand on limits, keys, markets and accounts."""

from tests.simulator.rest_scenery import BTC, Json, Line, served


async def test_the_truth_has_every_order_with_its_fills():
    async with served() as line:
        await line.place(identifier="waits")
        await line.place(ord_type="limit", price="100002000", volume="0.001", identifier="trades")

        waits, trades = (await line.admin("GET", "/orders?account=main")).rows

    assert (waits["identifier"], waits["state"], waits["trades"]) == ("waits", "wait", [])
    assert (trades["identifier"], trades["state"], trades["executed_volume"]) == ("trades", "done", "0.001")
    fills = trades["trades"]
    assert isinstance(fills, list)
    assert [(fill["price"], fill["fee"], fill["is_maker"]) for fill in fills] == [("100001000", "50.0005", False)]


async def test_counters_tell_both_windows_of_each_group():
    async with served() as line:
        for _ in range(3):
            await line.ask("GET", "/v1/accounts")
        groups = (await line.admin("GET", "/counters")).row["groups"]
        await line.admin("POST", "/counters/reset")
        after = (await line.admin("GET", "/counters")).row["groups"]

    assert isinstance(groups, dict)
    assert isinstance(after, dict)
    assert groups["default"] | {"max_in_fixed_window": 3} == {
        "requests": 3,
        "refused_429": 0,
        "blocked_418": 0,
        "max_in_fixed_window": 3,
        "max_in_sliding_window": 3,
    }
    assert after["default"]["requests"] == 0


async def test_a_limit_is_lowered_and_raised_while_running():
    async with served() as line:
        await line.admin("POST", "/limits", {"limits": {"order": 1}, "rule": "sliding", "plain_429": True})
        first, second = await line.place(), await line.place()
        raised = await line.admin("POST", "/limits", {"limits": {"order": 100}})
        third = await line.place()

    assert (first.status, second.status, third.status) == (201, 429, 201)
    assert second.body == b"Too many API requests."
    assert raised.row["order"] == 100


async def test_faults_are_armed_and_disarmed_while_running():
    async with served() as line:
        armed = (await line.admin("POST", "/faults", {"add": ["rest.status(503)@path=/v1/accounts"]})).row
        struck = await line.ask("GET", "/v1/accounts")
        await line.admin("POST", "/faults", {"remove": armed["added"]})
        healed = await line.ask("GET", "/v1/accounts")
        wrong = await line.admin("POST", "/faults", {"add": ["rest.nonsense"]})

    assert (struck.status, healed.status, wrong.status) == (503, 200, 400)
    assert "rest.nonsense" in str(wrong.row["error"])


async def test_money_arrives_and_leaves():
    async with served() as line:
        await line.admin("POST", "/deposit", {"currency": "XRP", "amount": "7.5"})
        await line.admin("POST", "/withdraw", {"currency": "KRW", "amount": "99999999"})
        refused = await line.admin("POST", "/withdraw", {"currency": "KRW", "amount": "2"})
        rows = (await line.ask("GET", "/v1/accounts")).rows
        deposits = (await line.ask("GET", "/v1/deposits")).rows

    assert {row["currency"]: row["balance"] for row in rows} == {"KRW": "1", "BTC": "1", "XRP": "7.5"}
    assert (refused.status, len(deposits)) == (400, 1)


async def test_the_owner_trades_by_hand():
    wish: Json = {"market": BTC, "side": "bid", "price": "10000000", "volume": "0.001"}
    async with served() as line:
        ordered = (await line.admin("POST", "/manual_order", wish)).row
        reserved = (await line.admin("POST", "/manual_order", wish | {"reserved": True})).row
        watching = await line.ask("GET", "/v1/orders/open?states[]=watch")
        await line.admin("POST", "/wake", {"uuid": reserved["uuid"]})
        await line.admin("POST", "/manual_cancel", {"uuid": ordered["uuid"]})
        waiting = await line.ask("GET", "/v1/orders/open")

    assert [row["uuid"] for row in watching.rows] == [reserved["uuid"]]
    assert [(row["uuid"], row["state"]) for row in waiting.rows] == [(reserved["uuid"], "wait")]
    assert "identifier" not in waiting.rows[0]


async def test_a_market_stops_opens_changes_and_ends():
    async with served() as line:

        async def after(**change: object) -> object:
            assert (await line.admin("POST", "/market", {"market": BTC, **change})).status == 200
            answer = await line.place()
            return answer.row.get("uuid") is not None or answer.error

        stopped, opened = await after(state="suspended"), await after(state="active")
        coarser = await after(tick="300000")
        dearer = await after(tick="1000", fee_rate="0.0025")
        chance = await line.ask("GET", f"/v1/orders/chance?market={BTC}")
        ended = await after(state="delisted")

    assert (stopped, opened, dearer) == ((403, "market_offline"), True, True)
    assert coarser == (400, "invalid_price_bid")
    assert chance.row["bid_fee"] == "0.0025"
    assert ended == (400, "notfoundmarket")


async def test_another_account_has_its_own_money_and_keys():
    async with served() as line:
        made = (await line.admin("POST", "/accounts", {"account": "bob", "balances": {"KRW": "5000"}})).row
        twice = await line.admin("POST", "/accounts", {"account": "bob"})
        bob = line.running.venue.keys.find(str(made["access_key"]))
        assert bob is not None
        line.key = bob
        rows = (await line.ask("GET", "/v1/accounts")).rows

    assert ([row["balance"] for row in rows], twice.status) == (["5000"], 400)


async def test_a_key_loses_scopes_addresses_and_time():
    async with served() as line:

        async def with_key(**change: object) -> tuple[int, object]:
            await line.admin("POST", "/keys", {"access_key": line.key.access_key, **change})
            return (await line.ask("GET", "/v1/accounts")).error

        assert await with_key(scopes=["view_orders"]) == (403, "out_of_scope")
        assert await with_key(allowed_ips=["10.0.0.1"]) == (401, "no_authorization_ip")
        assert await with_key(expired=True) == (401, "expired_access_key")


async def test_delays_can_be_set():
    async with served() as line:
        latency = (await line.admin("POST", "/latency", {"in_ms": [1, 2], "out_ms": [0, 3]})).row

        assert latency == {"in_ms": [1, 2], "out_ms": [0, 3]}
        assert (await line.ask("GET", "/v1/accounts")).status == 200


async def test_the_state_tells_no_secrets():
    async with served() as line:
        answer = await line.admin("GET", "/state")

        accounts = answer.row["accounts"]
        assert isinstance(accounts, dict)
        assert accounts["main"]["access_keys"] == [line.running.access_key]
        assert line.running.secret_key.encode() not in answer.body


async def test_what_the_back_door_does_not_understand_it_says():
    async with served() as line:
        unknown = await line.admin("GET", "/nothing")
        misspelt = await line.admin("POST", "/limits", {"limit": {"order": 1}})
        nobody = await line.admin("GET", "/orders?account=nobody")

    assert (unknown.status, misspelt.status, nobody.rows) == (404, 400, [])
    assert "/faults" in str(unknown.row["post"])


async def test_a_browser_is_not_let_in():
    async with served() as line:
        assert await _status_with_origin(line) == 403


async def _status_with_origin(line: Line) -> int:
    async with line._session.get(line.running.admin_url + "/state", headers={"Origin": "http://a.test"}) as got:
        return got.status
