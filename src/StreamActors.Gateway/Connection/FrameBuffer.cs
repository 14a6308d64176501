using System.Buffers;

namespace StreamActors.Gateway.Connection;

/// <summary>
/// Pooled memory of one request frame, and what it owes the node's account. Owned by one party at a time: the reader, then the
/// connection, which disposes of it when the request is answered.
/// </summary>
internal sealed class FrameBuffer(FrameMemory memory) : IDisposable
{
    /// <summary>What a connection may use before it asks: a frame that began, or a small one.</summary>
    public const int FreeBytes = 4096;

    private const byte Poison = 0xDB;

    private byte[] buffer = [];
    private int start;
    private RequestMemory? account;
    private long taken;

    public byte[] Buffer => buffer;

    public int Length { get; private set; }

    /// <summary>The frame without its length prefix.</summary>
    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(start, Length);

    /// <summary>A buffer of the size that is asked for if the account has it, else of the free size.</summary>
    public static FrameBuffer Rent(FrameMemory memory, int size)
    {
        var frame = new FrameBuffer(memory);
        size = Capacity(size);
        if (size > FreeBytes && !frame.TryTake(size)) size = FreeBytes;
        frame.buffer = ArrayPool<byte>.Shared.Rent(size);
        return frame;
    }

    /// <summary>Bytes that shared a buffer with another frame, in one of their own. Pipelined frames are accounted however small.</summary>
    public static FrameBuffer Copy(FrameMemory memory, ReadOnlySpan<byte> bytes)
    {
        var frame = new FrameBuffer(memory) { account = memory.For(bytes.Length), taken = Capacity(bytes.Length) };
        frame.account.Take(frame.taken);
        frame.buffer = ArrayPool<byte>.Shared.Rent(Capacity(bytes.Length));
        bytes.CopyTo(frame.buffer);
        frame.Length = bytes.Length;
        return frame;
    }

    /// <summary>Takes the frame to be these bytes of the buffer.</summary>
    public void Seal(int offset, int length) => (start, Length) = (offset, length);

    /// <summary>A larger buffer, which starts with the bytes <c>[from, to)</c> of this one. Waits where the account has no room.</summary>
    public async ValueTask GrowAsync(int size, int from, int to, CancellationToken cancellationToken)
    {
        size = Capacity(size);
        var target = memory.For(size);
        if (account is not null && target != account)
        {
            await target.TakeAsync(this, size, cancellationToken);
            account.Return(this, taken);
        }
        else
        {
            await target.TakeAsync(this, size - taken, cancellationToken);
        }

        (account, taken) = (target, size);
        var larger = ArrayPool<byte>.Shared.Rent(size);
        buffer.AsSpan(from, to - from).CopyTo(larger);
        ReturnBuffer();
        buffer = larger;
    }

    /// <summary>The pool's sizes are powers of two: that is what a frame costs.</summary>
    private static int Capacity(int size) => Math.Max(FreeBytes, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size));

    private bool TryTake(int size)
    {
        if (!memory.For(size).TryTake(this, size)) return false;
        (account, taken) = (memory.For(size), size);
        return true;
    }

    public void Dispose()
    {
        ReturnBuffer();
        buffer = [];
        account?.Return(this, taken);
        account = null;
    }

    private void ReturnBuffer()
    {
        if (buffer.Length == 0) return;
#if DEBUG
        buffer.AsSpan().Fill(Poison);
#endif
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
