using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Disk;

/// <summary>A file's bytes now, those that are on the disk for sure, and the changes between the two.</summary>
internal sealed class SimulatedContents : ISimulatedNode
{
    public const int Sector = 512;

    private readonly Image current = new();
    private readonly Image durable = new();
    private readonly List<Change> pending = [];

    public long Length => current.Length;

    /// <summary>When it was last written to, in ms.</summary>
    public long ModifiedMs { get; set; }

    public int Read(long position, Span<byte> destination) => current.Read(position, destination);

    public void Write(long position, ReadOnlySpan<byte> bytes) => Do(new Change(position, bytes.ToArray()));

    public void SetLength(long length) => Do(new Change(length, null));

    public void Sync()
    {
        foreach (var change in pending) change.Apply(durable);
        pending.Clear();
    }

    /// <summary>A sync that failed: some of the changes got to the disk, and the others never will, though they can still be read.</summary>
    public void FailSync(WorldRandom random)
    {
        foreach (var change in pending)
        {
            if (random.Chance(0.5)) change.Apply(durable);
        }

        pending.Clear();
    }

    public bool HasUnsyncedWrites => pending.Exists(change => change.Bytes is { Length: > 0 });

    /// <summary>Takes out a write that is not to get where it was meant to.</summary>
    public byte[] TakeUnsyncedWrite(WorldRandom random)
    {
        var taken = random.Pick(pending.FindAll(change => change.Bytes is { Length: > 0 }));
        pending.Remove(taken);
        return taken.Bytes!;
    }

    public void Rot(long position, int bit)
    {
        current.Flip(position, bit);
        durable.Flip(position, bit);
    }

    public void Crash(CrashStyle style, WorldRandom random, Counters counters)
    {
        var isScattered = style is CrashStyle.Scattered or CrashStyle.Reordered or CrashStyle.Misdirected;
        if (style == CrashStyle.Reordered && pending.Count > 1)
        {
            counters.Add("crash.shuffled writes");
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending));
        }

        var kept = style == CrashStyle.Prefix ? random.Next(pending.Count + 1) : 0;
        var isLostBefore = false;
        for (var index = 0; index < pending.Count; index++)
        {
            var change = pending[index];
            var survives = isScattered ? random.Chance(0.6) : index < kept;
            var isTorn = isScattered ? random.Chance(0.3) : style == CrashStyle.Prefix && index == kept && random.Chance(0.5);
            if (isTorn && change.Bytes is { Length: > 1 } bytes)
            {
                counters.Add("crash.torn writes");
                if (style == CrashStyle.Prefix) new Change(change.Position, bytes[..random.Next(1, bytes.Length)]).Apply(durable);
                else Tear(change.Position, bytes, random);
            }
            else if (survives)
            {
                if (isLostBefore) counters.Add("crash.reordered writes");
                change.Apply(durable);
            }
            else
            {
                isLostBefore = true;
                counters.Add("crash.lost writes");
            }
        }

        pending.Clear();
        current.CopyFrom(durable);
    }

    // Sector by sector, each there or not; where it is not, what was there before, or zeros beyond the end.
    private void Tear(long position, byte[] bytes, WorldRandom random)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var length = (int)Math.Min(Sector - ((position + start) % Sector), bytes.Length - start);
            if (random.Chance(0.5)) new Change(position + start, bytes[start..(start + length)]).Apply(durable);
            start += length;
        }
    }

    private void Do(Change change)
    {
        change.Apply(current);
        pending.Add(change);
    }

    /// <summary>Bytes at a position, or without bytes a new length.</summary>
    private sealed record Change(long Position, byte[]? Bytes)
    {
        public void Apply(Image image)
        {
            if (Bytes is null) image.SetLength(Position);
            else image.Write(Position, Bytes);
        }
    }

    private sealed class Image
    {
        private byte[] bytes = [];

        public long Length { get; private set; }

        public int Read(long position, Span<byte> destination)
        {
            var length = (int)Math.Clamp(Length - position, 0, destination.Length);
            bytes.AsSpan((int)Math.Min(position, Length), length).CopyTo(destination);
            return length;
        }

        public void Write(long position, ReadOnlySpan<byte> source)
        {
            if (position + source.Length > Length) SetLength(position + source.Length);
            source.CopyTo(bytes.AsSpan((int)position));
        }

        public void Flip(long position, int bit)
        {
            if (position < Length) bytes[position] ^= (byte)(1 << bit);
        }

        public void SetLength(long length)
        {
            if (length > bytes.Length) Array.Resize(ref bytes, (int)Math.Max(length, bytes.Length * 2L));
            if (length < Length) bytes.AsSpan((int)length, (int)(Length - length)).Clear();
            Length = length;
        }

        public void CopyFrom(Image other)
        {
            bytes = other.bytes.AsSpan(0, (int)other.Length).ToArray();
            Length = other.Length;
        }
    }
}
