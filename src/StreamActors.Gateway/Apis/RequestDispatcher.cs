using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// Reads a request's header and hands it to its API. What cannot be read, and what this broker does not have, closes the connection,
/// as Kafka does: an answer could not be understood. Only ApiVersions is answered in a version that both sides know (KIP-511).
/// </summary>
internal sealed class RequestDispatcher(ApiTable table, ILogger logger) : IRequestProcessor
{
    public ValueTask<ResponseFrame?> ProcessAsync(RequestContext context, ReadOnlyMemory<byte> frame)
    {
        if (!TryReadHeader(context, frame, out var body)) return Nothing(context, CloseReason.MalformedRequest);
        if (table.Find(context.ApiKey) is not { } handler || !handler.Answers(context.ApiVersion))
        {
            if (context.ApiKey == ApiKey.ApiVersions) return new ValueTask<ResponseFrame?>(ApiVersionsHandler.Unsupported(context));
            GatewayLog.Unsupported(logger, context.Connection.RemoteEndPoint, (short)context.ApiKey, context.ApiVersion);
            return Nothing(context, CloseReason.UnsupportedRequest);
        }

        return AnswerAsync(handler, context, body);
    }

    private async ValueTask<ResponseFrame?> AnswerAsync(ApiHandler handler, RequestContext context, ReadOnlyMemory<byte> body)
    {
        try
        {
            return await handler.AnswerAsync(
                context, body, e => GatewayLog.ApiFailed(logger, e, handler.Api.Name, context.ApiVersion, context.Connection.RemoteEndPoint));
        }
        catch (WireFormatException e)
        {
            GatewayLog.Unreadable(logger, context.Connection.RemoteEndPoint, (short)context.ApiKey, context.ApiVersion, e.Error.ToString());
            context.Close(CloseReason.MalformedRequest);
            return null;
        }
    }

    private bool TryReadHeader(RequestContext context, ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte> body)
    {
        body = default;
        try
        {
            var reader = new WireReader(frame);
            var header = FrameHeaders.ReadRequestHeader(ref reader);
            context.ApiKey = (ApiKey)header.RequestApiKey;
            context.ApiVersion = header.RequestApiVersion;
            context.CorrelationId = header.CorrelationId;
            context.ClientId = header.ClientId ?? "";
            body = reader.Rest;
            return true;
        }
        catch (WireFormatException e)
        {
            var api = BinaryPrimitives.ReadInt16BigEndian(frame.Span);
            GatewayLog.Unreadable(logger, context.Connection.RemoteEndPoint, api, BinaryPrimitives.ReadInt16BigEndian(frame.Span[2..]), e.Error.ToString());
            return false;
        }
    }

    private static ValueTask<ResponseFrame?> Nothing(RequestContext context, CloseReason reason)
    {
        context.Close(reason);
        return default;
    }
}
