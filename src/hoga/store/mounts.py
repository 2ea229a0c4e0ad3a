"""Which file system a folder lies on, where the system says so."""

from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")

#: File systems on which locks and syncs are not to be relied upon (SQLite, "How to corrupt a database", section 2.1).
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb2",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.glusterfs",
    }
)


def file_system_of(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of file system below a folder, e.g. `ext4`; an empty text where nobody knows (not on Linux)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    here, best, kind = folder.resolve(), -1, ""
    for line in lines:
        # 36 35 98:0 /inner /mount/point rw,noatime master:1 - ext4 /dev/root rw (proc_pid_mountinfo(5))
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < _POINT + 1 or not right:
            continue
        point = Path(fields[_POINT].replace("\\040", " "))
        if here.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split(" ")[0]
    return kind


_POINT = 4  # which field of a line is the mount point
