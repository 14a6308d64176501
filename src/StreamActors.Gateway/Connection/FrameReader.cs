using System.Buffers.Binary;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Connection;

/// <summary>A frame, or the reason why there is none any more.</summary>
internal readonly record struct FrameOrEnd(FrameBuffer? Frame, CloseReason Reason);

/// <summary>
/// Cuts a connection's bytes into frames. They are received into the memory in which the request is then handled. Memory follows
/// the bytes that came: the announced length is only an upper bound. Between two frames it holds no memory at all.
/// </summary>
internal sealed class FrameReader(ITransportConnection transport, ConnectionLimits limits, FrameMemory memory, ConnectionWatch watch) : IDisposable
{
    private const int PrefixBytes = 4;

    /// <summary>API key, version, correlation id: the shortest header.</summary>
    private const int MinFrameBytes = 8;

    /// <summary>A connection that sent frames of a size is met with a buffer of that size, up to this one.</summary>
    private const int MaxFirstBuffer = 256 * 1024;

    private FrameBuffer? current;
    private int start;
    private int end;
    private int expected;
    private bool isFirst = true;

    /// <param name="closed">Ends a wait for memory; a receive is ended by the transport itself, which costs less.</param>
    public async ValueTask<FrameOrEnd> ReadAsync(CancellationToken closed)
    {
        if (current is not null) watch.FrameBegins(end - start);
        while (true)
        {
            var length = -1;
            if (end - start >= PrefixBytes)
            {
                length = BinaryPrimitives.ReadInt32BigEndian(current!.Buffer.AsSpan(start));
                if (length < MinFrameBytes) return End(CloseReason.MalformedFrame);
                if (length > (isFirst ? Math.Min(limits.MaxFirstFrameBytes, limits.MaxFrameBytes) : limits.MaxFrameBytes)) return End(CloseReason.FrameTooLarge);
                if (end - start >= PrefixBytes + length) return new FrameOrEnd(Detach(length), default);
            }

            if (current is null)
            {
                if (!watch.Idle()) return End(CloseReason.Stopping);
                await WaitForBytesAsync();
            }
            else if (end == current.Buffer.Length) await MakeRoomAsync(length, closed);

            var received = await transport.ReceiveAsync(current!.Buffer.AsMemory(end));
            if (received == 0) return End(end == start ? CloseReason.EndOfStream : CloseReason.Disconnected);
            end += received;
            watch.Received(received);
        }
    }

    /// <summary>The next frame has not begun: nothing is held until it does.</summary>
    private async ValueTask WaitForBytesAsync()
    {
        await transport.ReceiveAsync(Memory<byte>.Empty);
        watch.FrameBegins(0);
        current = FrameBuffer.Rent(memory, expected);
        start = end = 0;
    }

    private async ValueTask MakeRoomAsync(int length, CancellationToken closed)
    {
        var have = end - start;
        if (start > 0 && (length < 0 || length + PrefixBytes <= current!.Buffer.Length))
        {
            current!.Buffer.AsSpan(start, have).CopyTo(current.Buffer);
        }
        else
        {
            var size = (int)Math.Min((long)length + PrefixBytes, 4L * current!.Buffer.Length);
            watch.WaitsForMemory();
            await current.GrowAsync(size, start, end, closed);
            watch.FrameGoesOn();
        }

        start = 0;
        end = have;
    }

    private FrameBuffer Detach(int length)
    {
        isFirst = false;
        expected = Math.Min(length + PrefixBytes, MaxFirstBuffer);
        var frame = current!;
        var frameStart = start + PrefixBytes;
        var rest = end - frameStart - length;
        if (rest >= length)
        {
            start = frameStart + length;
            return FrameBuffer.Copy(memory, frame.Buffer.AsSpan(frameStart, length));
        }

        frame.Seal(frameStart, length);
        current = null;
        if (rest > 0) current = FrameBuffer.Copy(memory, frame.Buffer.AsSpan(frameStart + length, rest));
        start = 0;
        end = rest;
        return frame;
    }

    private FrameOrEnd End(CloseReason reason)
    {
        Dispose();
        return new FrameOrEnd(null, reason);
    }

    public void Dispose()
    {
        current?.Dispose();
        current = null;
        start = end = 0;
    }
}
