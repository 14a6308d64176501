using System.Runtime.InteropServices;

namespace StreamActors.Storage.Files;

/// <summary>
/// The files of sealed segments that a node has open: no more than a limit, for a replica that stays awake would otherwise keep each one that was ever read. Where
/// there are more, one is closed that has not been used since the hand last came by (second chance), and opened again when somebody needs it. Readers are in
/// nobody's way: what they are at is kept by the operating system's handle, which closes behind the last call. Thread-safe.
/// </summary>
/// <param name="limit">How many. Those of active segments, one for each partition that is awake, come on top.</param>
public sealed partial class OpenFiles(int limit)
{
    private const int Most = 10_000;
    private const int LimitOfOpenFiles = 7;

    private readonly Lock gate = new();
    private readonly List<BoundedFile> ring = [];
    private int hand;

    /// <summary>How many are open.</summary>
    public int Count
    {
        get
        {
            lock (gate) return ring.Count;
        }
    }

    /// <summary>How often one had to be closed.</summary>
    public long Closed { get; private set; }

    /// <summary>10,000, or half of what the operating system allows the process: connections need the rest.</summary>
    public static OpenFiles OfProcess() => new(OperatingSystem.IsLinux() && GetLimit(LimitOfOpenFiles, out var limit) == 0 ? (int)Math.Min(Most, limit.Current / 2) : Most);

    internal void Add(BoundedFile file)
    {
        lock (gate)
        {
            if (file.Slot >= 0 || !file.IsEvictable) return;
            file.Slot = ring.Count;
            ring.Add(file);
            for (var looks = 2 * ring.Count; ring.Count > limit && looks > 0; looks--) Look();
        }
    }

    internal void Remove(BoundedFile file)
    {
        lock (gate) Take(file);
    }

    private void Look()
    {
        if (hand >= ring.Count) hand = 0;
        var file = ring[hand];
        if (file.WasUsed)
        {
            file.WasUsed = false;
            hand++;
            return;
        }

        Take(file);
        if (file.TryEvict()) Closed++;
    }

    private void Take(BoundedFile file)
    {
        if (file.Slot < 0) return;
        var last = ring[^1];
        ring[file.Slot] = last;
        last.Slot = file.Slot;
        ring.RemoveAt(ring.Count - 1);
        file.Slot = -1;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    private struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
