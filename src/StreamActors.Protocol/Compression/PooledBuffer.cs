using System.Buffers;

namespace StreamActors.Protocol.Compression;

/// <summary>
/// Bytes in an array of the shared pool, which grows as they come. Whoever holds it disposes it, once; nobody may look at its
/// memory after that.
/// </summary>
public sealed class PooledBuffer(int capacity) : IBufferWriter<byte>, IDisposable
{
    private byte[] array = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 256));

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => array.AsMemory(0, Length);

    public Memory<byte> WrittenMemory => array.AsMemory(0, Length);

    public Span<byte> WrittenSpan => array.AsSpan(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(array.Length - Length), nameof(count));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return array.AsSpan(Length);
    }

    public void Clear() => Length = 0;

    public void Truncate(int length) => Length = Math.Min(Length, length);

    public void Dispose()
    {
        var returned = Interlocked.Exchange(ref array, []);
        Length = 0;
        if (returned.Length == 0) return;
#if DEBUG
        returned.AsSpan().Fill(0xDD);
#endif
        ArrayPool<byte>.Shared.Return(returned);
    }

    private void Reserve(int sizeHint)
    {
        var needed = checked(Length + Math.Max(sizeHint, 1));
        if (needed <= array.Length) return;
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(array.Length * 2L, Array.MaxLength)));
        array.AsSpan(0, Length).CopyTo(grown);
        if (array.Length > 0) ArrayPool<byte>.Shared.Return(array);
        array = grown;
    }
}
