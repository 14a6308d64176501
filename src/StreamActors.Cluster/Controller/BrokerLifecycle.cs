using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>Brokers come, fall silent, return and go.</summary>
internal static class BrokerLifecycle
{
    /// <summary>
    /// Takes a broker in, or the next incarnation of one. The epoch it is given is the sequence number of the event. The same
    /// incarnation asking again is given the epoch that it has.
    /// </summary>
    public static ControllerDecision Register(MetadataImage image, BrokerRegistrationRequest request)
    {
        if (request.ClusterId.Length > 0 && request.ClusterId != image.ClusterId)
            return Refuse(ErrorCode.InconsistentClusterId);
        if (request.BrokerId < 0) return Refuse(ErrorCode.InvalidRequest);
        var known = image.Brokers.GetValueOrDefault(request.BrokerId);
        if (known is not null && known.Incarnation == request.IncarnationId && !known.Fenced)
            return ControllerDecision.Only(new BrokerRegistrationResponse { BrokerEpoch = known.Epoch });
        var epoch = image.Sequence + 1;
        var record = new RegisterBrokerRecord
        {
            BrokerId = request.BrokerId,
            IncarnationId = request.IncarnationId,
            BrokerEpoch = epoch,
            EndPoints = [.. request.Listeners.Select(listener => new RegisterBrokerRecord.BrokerEndpoint
            {
                Name = listener.Name, Host = listener.Host, Port = listener.Port, SecurityProtocol = listener.SecurityProtocol,
            })],
            Features = [.. request.Features.Select(feature => new RegisterBrokerRecord.BrokerFeature
            {
                Name = feature.Name, MinSupportedVersion = feature.MinSupportedVersion, MaxSupportedVersion = feature.MaxSupportedVersion,
            })],
            Rack = request.Rack,
            Fenced = false,
            LogDirs = [.. request.LogDirs],
        };
        return new ControllerDecision([record], new BrokerRegistrationResponse { BrokerEpoch = epoch });

        static ControllerDecision Refuse(ErrorCode error) =>
            ControllerDecision.Only(new BrokerRegistrationResponse { ErrorCode = (short)error });
    }

    /// <summary>Takes leadership from a broker that is not reachable, or gives it back. No records where it is so already.</summary>
    public static IReadOnlyList<IRecordMessage> Fence(MetadataImage image, BrokerId broker, bool fenced)
    {
        if (!image.Brokers.TryGetValue(broker.Value, out var known) || known.Fenced == fenced) return [];
        return
        [
            new BrokerRegistrationChangeRecord { BrokerId = broker.Value, BrokerEpoch = known.Epoch, Fenced = (sbyte)(fenced ? 1 : -1) },
        ];
    }

    public static ControllerDecision Unregister(MetadataImage image, UnregisterBrokerRequest request)
    {
        if (!image.Brokers.TryGetValue(request.BrokerId, out var broker))
        {
            return ControllerDecision.Only(new UnregisterBrokerResponse
            {
                ErrorCode = (short)ErrorCode.BrokerIdNotRegistered,
                ErrorMessage = $"Broker ID {request.BrokerId} is not currently registered",
            });
        }

        if (!broker.Fenced)
        {
            return ControllerDecision.Only(new UnregisterBrokerResponse
            {
                ErrorCode = (short)ErrorCode.InvalidRequest,
                ErrorMessage = $"Broker {request.BrokerId} is alive; stop it first.",
            });
        }

        return new ControllerDecision(
            [new UnregisterBrokerRecord { BrokerId = request.BrokerId, BrokerEpoch = broker.Epoch }],
            new UnregisterBrokerResponse());
    }

    /// <summary>The error for a request under another epoch than the broker's, so that a former incarnation decides nothing.</summary>
    public static ErrorCode? StaleEpoch(MetadataImage image, int broker, long epoch)
    {
        if (!image.Brokers.TryGetValue(broker, out var known)) return ErrorCode.BrokerIdNotRegistered;
        return known.Epoch == epoch ? null : ErrorCode.StaleBrokerEpoch;
    }
}
