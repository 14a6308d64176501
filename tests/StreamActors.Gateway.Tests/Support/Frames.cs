using System.Buffers.Binary;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Tests.Support;

/// <summary>Requests that look like Kafka's (api key, version, correlation id, anything), and answers that repeat them.</summary>
internal static class Frames
{
    public static byte[] Request(int correlationId, int payload = 0)
    {
        var frame = new byte[4 + 8 + payload];
        BinaryPrimitives.WriteInt32BigEndian(frame, 8 + payload);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), correlationId);
        for (var i = 0; i < payload; i++) frame[12 + i] = (byte)(correlationId + i);
        return frame;
    }

    public static byte[] Announce(int length)
    {
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);
        return prefix;
    }

    public static int CorrelationId(ReadOnlyMemory<byte> frame) => BinaryPrimitives.ReadInt32BigEndian(frame.Span[4..]);

    /// <summary>The payload is what <see cref="Request"/> made it.</summary>
    public static bool IsIntact(ReadOnlyMemory<byte> frame)
    {
        var id = CorrelationId(frame);
        for (var i = 8; i < frame.Length; i++)
        {
            if (frame.Span[i] != (byte)(id + i - 8)) return false;
        }

        return true;
    }

    public static async Task<byte[]> ReadAnswerAsync(this ITransportConnection connection)
    {
        var prefix = await connection.ReadExactlyAsync(4);
        return await connection.ReadExactlyAsync(BinaryPrimitives.ReadInt32BigEndian(prefix));
    }

    public static async Task<byte[]> ReadExactlyAsync(this ITransportConnection connection, int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var length = await connection.ReceiveAsync(bytes.AsMemory(read)).AsTask().WaitAsync(Eventually.Patience);
            if (length == 0) throw new EndOfStreamException();
            read += length;
        }

        return bytes;
    }

    /// <summary>True where the other side closes within the deadline, whatever it still sends.</summary>
    public static async Task<bool> IsClosedByPeerAsync(this ITransportConnection connection)
    {
        var bytes = new byte[4096];
        try
        {
            while (await connection.ReceiveAsync(bytes).AsTask().WaitAsync(Eventually.Patience) > 0)
            {
            }

            return true;
        }
        catch (Exception e) when (TransportErrors.IsConnectionLoss(e))
        {
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}

/// <summary>Real answers: the smallest one, and one with records that come from elsewhere.</summary>
internal static class Answer
{
    public static ResponseFrame To(ReadOnlyMemory<byte> frame) => To(Frames.CorrelationId(frame));

    public static ResponseFrame To(int correlationId) => ResponseFrame.Create(0, correlationId, new HeartbeatResponse());

    public static ResponseFrame With(int correlationId, RecordsSource records) => ResponseFrame.Create(
        4,
        correlationId,
        new FetchResponse
        {
            Responses = [new FetchResponse.FetchableTopicResponse { Topic = "t", Partitions = [new() { Records = new RecordsData(records) }] }],
        });
}

internal sealed class TestProcessor(Func<RequestContext, ReadOnlyMemory<byte>, ValueTask<ResponseFrame?>> process) : IRequestProcessor
{
    public static TestProcessor Echo() => new((_, frame) => new(Answer.To(frame)));

    public ValueTask<ResponseFrame?> ProcessAsync(RequestContext context, ReadOnlyMemory<byte> frame) => process(context, frame);
}

/// <summary>Waits for what others bring about. The deadline is for a test that fails: far beyond what a busy machine takes.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    public static async Task IsTrue(Func<bool> condition, string what, Func<string>? found = null)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!condition())
        {
            if (deadline.IsCancellationRequested) throw new Xunit.Sdk.XunitException($"Not so within {Patience.TotalSeconds} s: {what} {found?.Invoke()}");
            await Task.Delay(2, CancellationToken.None);
        }
    }
}
