using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Tests.Controller;

/// <summary>A controller's core with the image that its decisions lead to; no actor, no journal.</summary>
internal sealed class ControllerFixture
{
    private readonly ControllerCore core;
    private int ids;

    public ControllerFixture(ControllerSettings? settings = null, int brokers = 1, Func<int, string?>? rack = null)
    {
        core = new ControllerCore(settings ?? new ControllerSettings { MaxReplicationFactor = 5 }, NextId);
        Apply([new ClusterRecord { ClusterId = "the-cluster" }]);
        for (var id = 1; id <= brokers; id++) Register(id, rack?.Invoke(id));
    }

    public MetadataImage Image { get; private set; } = MetadataImage.Empty;

    public MetadataDelta LastDelta { get; private set; } = null!;

    public TResponse Decide<TResponse>(IRequestMessage request)
        where TResponse : IResponseMessage
    {
        var decision = core.Decide(Image, request);
        if (decision.Records.Count > 0) Apply(decision.Records);
        return (TResponse)decision.Response;
    }

    public void Apply(IReadOnlyList<IRecordMessage> records) =>
        (Image, LastDelta) = new MetadataBuilder(Image).Apply(records).Build(Image.Sequence + 1);

    public long Register(int broker, string? rack = null, Guid? incarnation = null) =>
        Decide<BrokerRegistrationResponse>(new BrokerRegistrationRequest
        {
            BrokerId = broker,
            ClusterId = Image.ClusterId,
            IncarnationId = incarnation ?? NextId(),
            Rack = rack,
        }).BrokerEpoch;

    public CreateTopicsResponse.CreatableTopicResult Create(string name, int partitions = 1, short factor = 1, bool validateOnly = false, params (string, string?)[] configs) =>
        Decide<CreateTopicsResponse>(new CreateTopicsRequest
        {
            ValidateOnly = validateOnly,
            Topics =
            [
                new CreateTopicsRequest.CreatableTopic
                {
                    Name = name, NumPartitions = partitions, ReplicationFactor = factor,
                    Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Item1, Value = config.Item2 })],
                },
            ],
        }).Topics.Single();

    private Guid NextId() => new(++ids, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
}
