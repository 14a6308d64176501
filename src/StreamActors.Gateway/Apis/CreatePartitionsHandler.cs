using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>CreatePartitions (37), versions 0-3. Decided by the controller, topic by topic; the count is that of all partitions (KIP-195).</summary>
internal sealed class CreatePartitionsHandler(GatewayServices services) : ApiHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    protected override async ValueTask<CreatePartitionsResponse?> HandleAsync(RequestContext context, CreatePartitionsRequest request)
    {
        var (error, response) = await services.Controller.SendAsync<CreatePartitionsResponse>(request, ControllerForwarding.Timeout(request.TimeoutMs));
        if (response is null) return Failure(context, request, error);
        if (!request.ValidateOnly)
        {
            var created = response.Results.Where(result => result.ErrorCode == (short)ErrorCode.None).Select(result => result.Name).ToHashSet(StringComparer.Ordinal);
            await services.CatchUpAsync(image => request.Topics.TrueForAll(topic =>
                !created.Contains(topic.Name) || image.Topic(topic.Name) is not { } known || known.Partitions.Count >= topic.Count));
        }

        return response;
    }

    protected override CreatePartitionsResponse Failure(RequestContext context, CreatePartitionsRequest request, ErrorCode error) => new()
    {
        Results = [.. request.Topics.Select(topic => new CreatePartitionsResponse.CreatePartitionsTopicResult
        {
            Name = topic.Name, ErrorCode = (short)error, ErrorMessage = ControllerForwarding.Message(error),
        })],
    };
}
