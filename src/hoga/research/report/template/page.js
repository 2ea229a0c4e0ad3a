(() => {
  "use strict";
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const charts = [];
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const spelt = (digits) => (value) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (value) => `${value.toFixed(2)}%`;
  const points = (pairs) => pairs.map(([time, value]) => ({ time, value }));

  const look = () => {
    const line = { color: colour("line") };
    return {
      localization: { locale: root.dataset.language === "ko" ? "ko-KR" : "en-GB" },
      layout: { background: { color: "transparent" }, textColor: colour("quiet"), panes: { separatorColor: colour("line") } },
      grid: { vertLines: line, horzLines: line },
      timeScale: { borderColor: colour("line"), timeVisible: true, secondsVisible: false, minBarSpacing: 0.02 },
      rightPriceScale: { borderColor: colour("line") },
    };
  };

  // Arrows move along the time, plus and minus come nearer and go away.
  const onKey = (chart) => (event) => {
    const scale = chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const width = range.to - range.from;
    const moves = {
      ArrowLeft: [-0.2, -0.2], ArrowRight: [0.2, 0.2], "+": [0.15, -0.15], "=": [0.15, -0.15], "-": [-0.2, 0.2],
    };
    if (event.key === "0" || event.key === "Home") scale.fitContent();
    else if (moves[event.key]) {
      const [from, to] = moves[event.key];
      scale.setVisibleLogicalRange({ from: range.from + from * width, to: range.to + to * width });
    } else return;
    event.preventDefault();
  };

  const draw = (id, series) => {
    const place = document.getElementById(id);
    if (!place) return;
    const chart = LightweightCharts.createChart(place, {
      ...look(), autoSize: true,
      crosshair: { mode: LightweightCharts.CrosshairMode.Normal },
      handleScroll: { mouseWheel: false },  // the wheel scrolls the page
      handleScale: { mouseWheel: false },
    });
    const repaint = series(chart);
    chart.timeScale().fitContent();
    place.addEventListener("keydown", onKey(chart));
    charts.push(() => { chart.applyOptions(look()); repaint(); });
  };

  draw("worth", (chart) => {
    const money = { type: "custom", formatter: spelt(data.digits), minMove: 10 ** -data.digits };
    const share = { type: "custom", formatter: percent, minMove: 0.01 };
    const dashed = { lineStyle: LightweightCharts.LineStyle.Dashed, lineWidth: 2, priceLineVisible: false };
    const add = (kind, pairs, options, pane) => {
      const made = chart.addSeries(LightweightCharts[kind], options, pane);
      made.setData(points(pairs));
      return made;
    };
    const holder = add("LineSeries", data.holder, { ...dashed, priceFormat: money }, 0);
    const own = add("LineSeries", data.worth, { lineWidth: 2, priceFormat: money, priceLineVisible: false }, 0);
    const under = { priceFormat: share, priceLineVisible: false };
    const holderFall = add("LineSeries", data.holderFall, { ...dashed, ...under, lineWidth: 1 }, 1);
    const fall = add("BaselineSeries", data.fall, { ...under, lineWidth: 1, baseValue: { type: "price", price: 0 } }, 1);
    chart.panes().forEach((pane, number) => pane.setStretchFactor(number ? 1 : 2.4));
    fall.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.1 } });
    const paint = () => {
      holder.applyOptions({ color: colour("quiet") });
      holderFall.applyOptions({ color: colour("quiet") });
      own.applyOptions({ color: colour("gold") });
      const deep = colour("fall");
      fall.applyOptions({
        topLineColor: deep, bottomLineColor: deep, bottomFillColor1: `${deep}22`, bottomFillColor2: `${deep}66`,
        topFillColor1: "transparent", topFillColor2: "transparent",
      });
    };
    paint();
    return paint;
  });

  draw("candles", (chart) => {
    const series = chart.addSeries(LightweightCharts.CandlestickSeries, { borderVisible: false, priceLineVisible: false });
    const markers = LightweightCharts.createSeriesMarkers(series, []);
    let shown = data.markets[0];
    const paint = () => {
      const [rise, fall] = [colour("rise"), colour("fall")];
      const word = root.dataset.language === "ko" ? { 1: "매수", "-1": "매도" } : { 1: "buy", "-1": "sell" };
      series.applyOptions({ upColor: rise, wickUpColor: rise, downColor: fall, wickDownColor: fall });
      markers.setMarkers(shown.trades.map(([time, side, volume]) => ({
        time, position: side > 0 ? "belowBar" : "aboveBar", shape: side > 0 ? "arrowUp" : "arrowDown",
        color: side > 0 ? rise : fall, text: shown.trades.length > 40 ? "" : `${word[side]} ${volume}`,
      })));
    };
    const show = (market) => {
      shown = market;
      markers.setMarkers([]);
      const format = { type: "custom", formatter: spelt(market.digits), minMove: 10 ** -market.digits };
      series.applyOptions({ priceFormat: format });
      series.setData(market.bars.map(([time, open, high, low, close]) => ({ time, open, high, low, close })));
      paint();
      chart.timeScale().fitContent();
    };
    show(shown);
    document.getElementById("market")?.addEventListener("change", (event) => {
      show(data.markets.find((market) => market.code === event.target.value));
    });
    return paint;
  });

  const repaint = () => charts.forEach((paint) => paint());
  document.getElementById("language").addEventListener("click", () => {
    root.lang = root.dataset.language = root.dataset.language === "ko" ? "en" : "ko";
    repaint();
  });
  document.getElementById("colours").addEventListener("click", (event) => {
    const western = root.dataset.colours === "korean";
    root.dataset.colours = western ? "western" : "korean";
    event.currentTarget.setAttribute("aria-pressed", String(western));
    repaint();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  root.dataset.charts = String(charts.length);
})();
