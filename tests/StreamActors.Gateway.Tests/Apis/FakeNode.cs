using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Apis;
using StreamActors.Gateway.Apis.Seams;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Tests.Apis;

/// <summary>A node without actors: an image that somebody made, no awake partition, no controller.</summary>
internal static class FakeNode
{
    public static GatewayServices Services(MetadataImage? image = null)
    {
        var self = new BrokerId(1);
        var time = new FakeTimeProvider();
        var view = new Fixed(image ?? MetadataImage.Empty with { ClusterId = "cluster", Brokers = MetadataImage.Empty.Brokers.Add(1, Broker(self)) });
        var directory = new PartitionDirectory(self, time);
        return new GatewayServices
        {
            Self = self,
            Metadata = view,
            Partitions = directory,
            LogDirs = null!,
            Moves = null!,
            Controller = new NoController(),
            Groups = new GroupCoordinatorClient(directory, view, self, time, new GroupSettings()),
            Time = time,
            Logger = NullLogger.Instance,
            NextSessionId = new Random(1).Next,
        };
    }

    private static BrokerImage Broker(BrokerId id) => new(id, Guid.Empty, 1, [new BrokerListener("PLAINTEXT", "broker", 9092, 0)], null, false, []);

    private sealed record Fixed(MetadataImage Current) : IMetadataView;

    private sealed class NoController : IControllerRequests
    {
        public ValueTask<ControllerResult<TResponse>> SendAsync<TResponse>(IRequestMessage request, TimeSpan timeout)
            where TResponse : class, IResponseMessage => new(new ControllerResult<TResponse>(ErrorCode.NotController, null));
    }
}
