using Microsoft.Extensions.Logging;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Connection;

/// <summary>
/// One client's connection: reads a frame, has it processed, sends the answer, and so on. A plain object and one asynchronous
/// loop, not an actor (docs/decisions/0003). The next frame is read when the previous request was answered, or when its handler
/// said <see cref="RequestContext.AllowNext"/>; so a client that does not read its answers is not read from.
/// </summary>
internal sealed class KafkaConnection
{
    private readonly ITransportConnection transport;
    private readonly IRequestProcessor processor;
    private readonly ILogger logger;
    private readonly ConnectionWatch watch;
    private readonly FrameReader reader;
    private readonly AnswerQueue answers;
    private readonly Lock closing = new();
    private CloseReason? reason;

    public KafkaConnection(ConnectionContext context, ITransportConnection transport, IRequestProcessor processor, ConnectionServices services)
    {
        Context = context;
        this.transport = transport;
        this.processor = processor;
        logger = services.Logger;
        watch = new ConnectionWatch(services.Time, services.Limits);
        reader = new FrameReader(transport, services.Limits, services.Memory, watch);
        answers = new AnswerQueue(services.Limits, SendAsync, OnFailure);
    }

    public ConnectionContext Context { get; }

    /// <summary>Whether nothing is under way: the last answer has been sent and no frame has begun.</summary>
    public bool IsIdle => watch.IsIdle;

    /// <summary>Runs until the connection is closed; says why. Never throws.</summary>
    public async Task<CloseReason> RunAsync()
    {
        try
        {
            await transport.OpenAsync();
            Close(await ServeAsync());
        }
        catch (Exception e)
        {
            OnFailure(e);
        }

        await answers.EmptyAsync();
        reader.Dispose();
        transport.Dispose();
        Context.MarkClosed();
        return reason!.Value;
    }

    /// <summary>Ends the connection now, from any thread.</summary>
    public void Abort(CloseReason why)
    {
        Close(why);
        transport.Abort();
        Context.MarkClosed();
    }

    /// <summary>Lets the request that is under way finish, then closes. An idle connection is closed at once.</summary>
    public void Drain()
    {
        if (watch.Drain()) Abort(CloseReason.Stopping);
    }

    /// <summary>Closes the connection if one of its deadlines has passed.</summary>
    public void CheckDeadlines()
    {
        if (watch.Expired(transport.BytesSent) is { } expired) Abort(expired);
    }

    private async ValueTask<CloseReason> ServeAsync()
    {
        while (!watch.IsDraining && reason is null)
        {
            var (frame, end) = await reader.ReadAsync(Context.Closed);
            if (frame is null) return end;
            watch.Busy();
            var request = new RequestContext(Context);
            var answer = Process(request, frame);
            if (request.NextAllowed || !answers.IsEmpty)
            {
                answers.Enqueue(request, frame, answer);
                if (request.NextAllowed) await answers.RoomAsync();
                else await answers.EmptyAsync();
            }
            else
            {
                await AnswerAsync(request, frame, answer);
            }
        }

        await answers.EmptyAsync();
        return reason ?? CloseReason.Stopping;
    }

    private ValueTask<ResponseFrame?> Process(RequestContext request, FrameBuffer frame)
    {
        try
        {
            return processor.ProcessAsync(request, frame.Bytes);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<ResponseFrame?>(e);
        }
    }

    private async ValueTask AnswerAsync(RequestContext request, FrameBuffer frame, ValueTask<ResponseFrame?> answer)
    {
        ResponseFrame? response;
        try
        {
            response = await answer;
        }
        finally
        {
            frame.Dispose();
        }

        await SendAsync(request, response);
    }

    private async ValueTask SendAsync(RequestContext request, ResponseFrame? response)
    {
        if (response is not null)
        {
            using (response)
            {
                watch.Sends(transport.BytesSent);
                await ResponseSender.SendAsync(transport, response);
                watch.Sent();
            }
        }

        if (request.CloseReason is { } why)
        {
            Close(why);
            transport.Dispose(); // ends a read that a pipeline may have begun
        }
    }

    /// <summary>Of several reasons the first one counts: the others follow from it.</summary>
    private void Close(CloseReason why)
    {
        lock (closing) reason ??= why;
    }

    private void OnFailure(Exception e)
    {
        if (TransportErrors.IsConnectionLoss(e))
        {
            Abort(CloseReason.Disconnected);
        }
        else
        {
            if (reason is null) GatewayLog.RequestFailed(logger, e, Context.RemoteEndPoint);
            Abort(CloseReason.InternalError);
        }
    }
}
