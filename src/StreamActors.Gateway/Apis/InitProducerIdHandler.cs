using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// InitProducerId (22), versions 0-5 (6 may still change). Gives an idempotent producer its id, with epoch 0. Transactional producers are refused
/// with UNSUPPORTED_VERSION, which clients take as final, until there are transactions.
/// </summary>
internal sealed class InitProducerIdHandler(GatewayServices services) : ApiHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private readonly ProducerIds ids = new(services);

    protected override async ValueTask<InitProducerIdResponse?> HandleAsync(RequestContext context, InitProducerIdRequest request)
    {
        if (request.TransactionalId is { } transactionalId)
            return Failure(context, request, transactionalId.Length == 0 ? ErrorCode.InvalidRequest : ErrorCode.UnsupportedVersion);
        var (error, id) = await ids.NextAsync();
        return error == ErrorCode.None ? new InitProducerIdResponse { ProducerId = id, ProducerEpoch = 0 } : Failure(context, request, error);
    }

    protected override InitProducerIdResponse Failure(RequestContext context, InitProducerIdRequest request, ErrorCode error) =>
        new() { ErrorCode = (short)error, ProducerId = -1, ProducerEpoch = -1 };
}
