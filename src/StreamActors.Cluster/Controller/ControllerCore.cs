using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>
/// The controller without its shell: from the image and a request it decides records and an answer. It changes nothing and
/// knows no clock, disk, actor or chance; topic ids come from <paramref name="ids"/>. What a record means is
/// <see cref="Metadata.MetadataBuilder"/>'s.
/// </summary>
public sealed class ControllerCore(ControllerSettings settings, Func<Guid> ids)
{
    private readonly TopicCreation creation = new(settings, ids);
    private readonly TopicDeletion deletion = new(settings);
    private readonly ConfigChanges configs = new(settings.StaticBrokerConfigs);

    public ControllerDecision Decide(Metadata.MetadataImage image, IRequestMessage request) => request switch
    {
        CreateTopicsRequest create => creation.Decide(image, create),
        DeleteTopicsRequest delete => deletion.Decide(image, delete),
        CreatePartitionsRequest create => PartitionCreation.Decide(settings, image, create),
        IncrementalAlterConfigsRequest alter => configs.Decide(image, alter),
        AlterConfigsRequest alter => configs.Decide(image, alter),
        BrokerRegistrationRequest registration => BrokerLifecycle.Register(image, registration),
        UnregisterBrokerRequest unregistration => BrokerLifecycle.Unregister(image, unregistration),
        BrokerHeartbeatRequest heartbeat => LogDirFailures.Heartbeat(image, heartbeat),
        AssignReplicasToDirsRequest assignment => LogDirFailures.Assign(image, assignment),
        AllocateProducerIdsRequest allocation => AllocateProducerIds(image, allocation),
        _ => throw new InvalidOperationException($"The controller has no decision for {request.GetType().Name}."),
    };

    private ControllerDecision AllocateProducerIds(Metadata.MetadataImage image, AllocateProducerIdsRequest request)
    {
        if (BrokerLifecycle.StaleEpoch(image, request.BrokerId, request.BrokerEpoch) is { } error)
            return ControllerDecision.Only(new AllocateProducerIdsResponse { ErrorCode = (short)error });
        if (image.NextProducerId > long.MaxValue - settings.ProducerIdBlockSize)
            return ControllerDecision.Only(new AllocateProducerIdsResponse { ErrorCode = (short)ErrorCode.UnknownServerError });
        var record = new ProducerIdsRecord
        {
            BrokerId = request.BrokerId,
            BrokerEpoch = request.BrokerEpoch,
            NextProducerId = image.NextProducerId + settings.ProducerIdBlockSize,
        };
        return new ControllerDecision([record], new AllocateProducerIdsResponse
        {
            ProducerIdStart = image.NextProducerId,
            ProducerIdLen = settings.ProducerIdBlockSize,
        });
    }
}
