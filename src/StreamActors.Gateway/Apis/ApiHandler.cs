using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Apis;

/// <summary>One API of the protocol, as the dispatcher sees it.</summary>
internal abstract class ApiHandler
{
    public abstract ApiInfo Api { get; }

    /// <summary>The lowest version that is answered.</summary>
    public short LowestVersion => Api.LowestVersion;

    /// <summary>The highest version that is answered: versions that may still change are not.</summary>
    public short HighestVersion => Api.LatestStable;

    public bool Answers(short version) => version >= LowestVersion && version <= HighestVersion;

    /// <summary>Answers the request whose body begins at <paramref name="body"/>; null for no answer.</summary>
    /// <exception cref="WireFormatException">The body is not what it should be.</exception>
    public abstract ValueTask<ResponseFrame?> AnswerAsync(RequestContext context, ReadOnlyMemory<byte> body, Action<Exception> failed);
}

/// <summary>
/// An API is a file: it reads its request in the version that the client chose and answers in the same one. What a client can
/// do wrong is an error code in the answer; an exception is a fault of ours.
/// </summary>
internal abstract class ApiHandler<TRequest, TResponse> : ApiHandler
    where TRequest : class, IRequestMessage, IApiMessage<TRequest>, new()
    where TResponse : class, IResponseMessage
{
    public sealed override ApiInfo Api { get; } = ApiKeys.Info(new TRequest().ApiKey);

    public sealed override async ValueTask<ResponseFrame?> AnswerAsync(RequestContext context, ReadOnlyMemory<byte> body, Action<Exception> failed)
    {
        var request = Read(body, context.ApiVersion);
        TResponse? response;
        try
        {
            response = await HandleAsync(context, request);
        }
        catch (Exception e)
        {
            failed(e);
            response = Failure(context, request, ErrorCode.UnknownServerError);
            if (response is null) context.Close(CloseReason.InternalError);
        }

        return response is null ? null : ResponseFrame.Create(context.ApiVersion, context.CorrelationId, response);
    }

    /// <summary>The response; null for none (acks=0).</summary>
    protected abstract ValueTask<TResponse?> HandleAsync(RequestContext context, TRequest request);

    /// <summary>The response that says that all of the request failed; null where the message cannot say it, and the connection is closed.</summary>
    protected virtual TResponse? Failure(RequestContext context, TRequest request, ErrorCode error) => null;

    private static TRequest Read(ReadOnlyMemory<byte> body, short version)
    {
        var reader = new WireReader(body);
        return TRequest.Read(ref reader, version);
    }
}
