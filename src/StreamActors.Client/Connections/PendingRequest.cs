using StreamActors.Protocol;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Connections;

internal delegate T ResponseDecoder<out T>(ref WireReader reader, short version);

/// <summary>A request whose answer is awaited.</summary>
internal abstract class PendingRequest(ApiKey key, short version, int correlationId)
{
    private ITimer? deadline;

    public ApiKey Key => key;

    public short Version => version;

    public int CorrelationId => correlationId;

    public void SetDeadline(ITimer timer) => deadline = timer;

    /// <summary>Decodes the body; throws <see cref="WireFormatException"/> where it is malformed, and stays pending.</summary>
    public abstract void Complete(ref WireReader reader);

    public abstract void Fail(Exception error);

    public abstract void Cancel(CancellationToken cancellationToken);

    protected void Settle() => deadline?.Dispose();
}

internal sealed class PendingRequest<T>(ApiKey key, short version, int correlationId, ResponseDecoder<T> decode)
    : PendingRequest(key, version, correlationId)
{
    // Awaited directly and by one caller only: a combinator over it would hop to the thread pool.
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => answer.Task;

    public override void Complete(ref WireReader reader)
    {
        var response = decode(ref reader, Version);
        reader.ExpectEnd();
        Settle();
        answer.TrySetResult(response);
    }

    public override void Fail(Exception error)
    {
        Settle();
        answer.TrySetException(error);
    }

    public override void Cancel(CancellationToken cancellationToken)
    {
        Settle();
        answer.TrySetCanceled(cancellationToken);
    }
}
