using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>DescribeCluster (60), versions 0-2. From version 1 on one may ask for controllers, which this listener does not tell; from 2 on for fenced brokers.</summary>
internal sealed class DescribeClusterHandler(GatewayServices services) : ApiHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte BrokerEndPoints = 1;

    protected override ValueTask<DescribeClusterResponse?> HandleAsync(RequestContext context, DescribeClusterRequest request)
    {
        if (request.EndpointType != BrokerEndPoints)
        {
            return new(new DescribeClusterResponse
            {
                ErrorCode = (short)(request.EndpointType == 2 ? ErrorCode.MismatchedEndpointType : ErrorCode.UnsupportedEndpointType),
                ErrorMessage = "This is a listener of brokers, not of controllers.",
                EndpointType = BrokerEndPoints,
            });
        }

        var image = services.Metadata.Current;
        return new(new DescribeClusterResponse
        {
            ClusterId = image.ClusterId,
            ControllerId = services.Self.Value,
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.Cluster : AuthorizedOperations.NotAsked,
            Brokers = [.. TopicDescriber.Brokers(image, context.Connection.Listener, request.IncludeFencedBrokers).Select(each =>
                new DescribeClusterResponse.DescribeClusterBroker
                {
                    BrokerId = each.Broker.Id.Value,
                    Host = each.Listener.Host,
                    Port = each.Listener.Port,
                    Rack = each.Broker.Rack,
                    IsFenced = context.ApiVersion >= 2 && each.Broker.Fenced,
                })],
        });
    }

    protected override DescribeClusterResponse Failure(RequestContext context, DescribeClusterRequest request, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
