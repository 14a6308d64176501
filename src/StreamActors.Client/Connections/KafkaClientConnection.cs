using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Connections;

/// <summary>
/// A connection to one broker. Requests may be sent while others are awaited; they leave in the order of the calls and are
/// answered in that order. Whatever breaks the order, the frame or the deadline closes the connection and fails all that wait.
/// </summary>
internal sealed class KafkaClientConnection : IDisposable
{
    private readonly ITransportConnection transport;
    private readonly KafkaClientOptions options;
    private readonly BrokerAddress address;
    private readonly Lock mutex = new();
    private readonly Queue<PendingRequest> waiting = new();
    private readonly Queue<Outgoing> outgoing = new();
    private bool isSending;
    private int nextCorrelationId;
    private KafkaException? failure;

    private readonly record struct Outgoing(RequestFrame Frame, TaskCompletionSource? Sent);

    public KafkaClientConnection(ITransportConnection transport, BrokerAddress address, KafkaClientOptions options)
    {
        this.transport = transport;
        this.address = address;
        this.options = options;
        Versions = new ApiVersionTable([]);
        _ = ReceiveAsync();
    }

    /// <summary>Empty until <see cref="Handshake.NegotiateAsync"/> has filled it.</summary>
    public ApiVersionTable Versions { get; set; }

    public bool IsOpen => failure is null;

    /// <summary>Sends a request in the highest version that both sides have and awaits its answer.</summary>
    public Task<T> SendAsync<T>(
        IRequestMessage request, short cap = short.MaxValue, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where T : IApiMessage<T> => SendAsync(request, Versions.Pick(request.ApiKey, cap), T.Read, timeout, cancellationToken);

    public async Task<T> SendAsync<T>(
        IRequestMessage request, short version, ResponseDecoder<T> decode, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        PendingRequest<T> pending;
        lock (mutex)
        {
            if (failure is not null) throw failure;
            pending = new PendingRequest<T>(request.ApiKey, version, nextCorrelationId, decode);
            outgoing.Enqueue(new Outgoing(Frame(version, request), Sent: null));
            waiting.Enqueue(pending);
            var due = timeout ?? options.RequestTimeout;
            pending.SetDeadline(options.Time.CreateTimer(_ => TimeOut(request.ApiKey, due), null, due, Timeout.InfiniteTimeSpan));
        }

        Drain();
        using var cancellation = cancellationToken.UnsafeRegister(static (p, token) => ((PendingRequest)p!).Cancel(token), pending);
        return await pending.Answer;
    }

    /// <summary>Sends a request that has no answer; done when the transport has taken it.</summary>
    public async Task SendOneWayAsync(IRequestMessage request, short cap = short.MaxValue)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (mutex)
        {
            if (failure is not null) throw failure;
            outgoing.Enqueue(new Outgoing(Frame(Versions.Pick(request.ApiKey, cap), request), sent));
        }

        Drain();
        await sent.Task;
    }

    public void Dispose() => Fail(new KafkaException(ErrorCode.NetworkException, $"The connection to {address} was closed by this client."));

    private RequestFrame Frame(short version, IRequestMessage request)
    {
        var frame = RequestFrame.Create(version, nextCorrelationId, options.ClientId, request);
        nextCorrelationId = (nextCorrelationId + 1) & int.MaxValue;
        return frame;
    }

    private void Drain()
    {
        lock (mutex)
        {
            if (isSending || outgoing.Count == 0) return;
            isSending = true;
        }

        _ = DrainAsync();
    }

    private async Task DrainAsync()
    {
        while (Next() is { } next)
        {
            try
            {
                await transport.SendAsync(next.Frame.Memory);
                next.Sent?.TrySetResult();
            }
            catch (Exception e) when (TransportErrors.IsConnectionLoss(e))
            {
                Fail(Lost(e));
                next.Sent?.TrySetException(Lost(e));
            }
            finally
            {
                next.Frame.Dispose();
            }
        }
    }

    private Outgoing? Next()
    {
        lock (mutex)
        {
            if (outgoing.TryDequeue(out var next)) return next;
            isSending = false;
            return null;
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await ResponseFrames.ReadAsync(transport, options.MaxResponseBytes) is { } frame) Deliver(frame);
            Fail(new KafkaException(ErrorCode.NetworkException, $"{address} closed the connection."));
        }
        catch (WireFormatException e)
        {
            Fail(new KafkaException(ErrorCode.NetworkException, $"{address} sent a malformed answer: {e.Error}.", e));
        }
        catch (Exception e) when (TransportErrors.IsConnectionLoss(e))
        {
            Fail(Lost(e));
        }
    }

    private void Deliver(byte[] frame)
    {
        PendingRequest? pending;
        lock (mutex) waiting.TryPeek(out pending);
        if (pending is null) throw new WireFormatException(WireError.TrailingBytes);

        // Taken from the queue only when it is decoded, so that a malformed answer fails it with all the others.
        var reader = new WireReader(frame);
        var header = FrameHeaders.ReadResponseHeader(ref reader, pending.Key, pending.Version);
        if (header.CorrelationId != pending.CorrelationId)
            throw new IOException($"Answer {header.CorrelationId} came where {pending.CorrelationId} was expected.");
        pending.Complete(ref reader);
        lock (mutex) waiting.TryDequeue(out _);
    }

    private void TimeOut(ApiKey key, TimeSpan after) =>
        Fail(new KafkaException(ErrorCode.RequestTimedOut, $"{address} did not answer {key} within {after.TotalMilliseconds:0} ms."));

    private KafkaException Lost(Exception e) => new(ErrorCode.NetworkException, $"The connection to {address} was lost: {e.Message}", e);

    private void Fail(KafkaException error)
    {
        PendingRequest[] failed;
        Outgoing[] unsent;
        lock (mutex)
        {
            if (failure is not null) return;
            failure = error;
            failed = [.. waiting];
            unsent = [.. outgoing];
            waiting.Clear();
            outgoing.Clear();
        }

        transport.Abort();
        transport.Dispose();
        foreach (var pending in failed) pending.Fail(error);
        foreach (var (frame, sent) in unsent)
        {
            frame.Dispose();
            sent?.TrySetException(error);
        }
    }
}
