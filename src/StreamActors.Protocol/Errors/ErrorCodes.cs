using System.Collections.Frozen;
using System.Text;

namespace StreamActors.Protocol;

/// <summary>What goes with an error code: Kafka's name, whether to try again, a short text.</summary>
public static class ErrorCodes
{
    private static readonly FrozenDictionary<ErrorCode, string> Names = Enum.GetValues<ErrorCode>().ToFrozenDictionary(code => code, code => UpperSnake(code.ToString()));

    /// <summary>The name as Kafka writes it: <c>UNKNOWN_TOPIC_OR_PARTITION</c>. A code that is not known is a number.</summary>
    public static string KafkaName(this ErrorCode code) => Names.TryGetValue(code, out var name) ? name : $"ERROR_{(short)code}";

    /// <summary>The same request may succeed later, perhaps at another broker after a look at the metadata.</summary>
    public static bool IsRetriable(this ErrorCode code) => code is
        ErrorCode.CorruptMessage
        or ErrorCode.UnknownTopicOrPartition
        or ErrorCode.LeaderNotAvailable
        or ErrorCode.NotLeaderOrFollower
        or ErrorCode.RequestTimedOut
        or ErrorCode.ReplicaNotAvailable
        or ErrorCode.NetworkException
        or ErrorCode.CoordinatorLoadInProgress
        or ErrorCode.CoordinatorNotAvailable
        or ErrorCode.NotCoordinator
        or ErrorCode.NotEnoughReplicas
        or ErrorCode.NotEnoughReplicasAfterAppend
        or ErrorCode.NotController
        or ErrorCode.ConcurrentTransactions
        or ErrorCode.KafkaStorageError
        or ErrorCode.FetchSessionIdNotFound
        or ErrorCode.InvalidFetchSessionEpoch
        or ErrorCode.ListenerNotFound
        or ErrorCode.FencedLeaderEpoch
        or ErrorCode.UnknownLeaderEpoch
        or ErrorCode.OffsetNotAvailable
        or ErrorCode.PreferredLeaderNotAvailable
        or ErrorCode.EligibleLeadersNotAvailable
        or ErrorCode.ElectionNotNeeded
        or ErrorCode.UnstableOffsetCommit
        or ErrorCode.ThrottlingQuotaExceeded
        or ErrorCode.UnknownTopicId
        or ErrorCode.InconsistentTopicId
        or ErrorCode.FetchSessionTopicIdError
        or ErrorCode.ShareSessionNotFound
        or ErrorCode.InvalidShareSessionEpoch
        or ErrorCode.ShareSessionLimitReached;

    /// <summary>A short text for people, where there is nothing better to say.</summary>
    public static string DefaultMessage(this ErrorCode code) => code switch
    {
        ErrorCode.UnknownServerError => "The broker failed in a way that it cannot name.",
        ErrorCode.None => "No error.",
        ErrorCode.OffsetOutOfRange => "The partition has no such offset.",
        ErrorCode.CorruptMessage => "The records do not match their checksum, or their size is impossible.",
        ErrorCode.UnknownTopicOrPartition => "This broker has no such topic or partition.",
        ErrorCode.InvalidFetchSize => "The fetch asks for an impossible number of bytes.",
        ErrorCode.LeaderNotAvailable => "The partition has no leader at the moment.",
        ErrorCode.NotLeaderOrFollower => "This broker is not the partition's leader, or has no replica of it.",
        ErrorCode.RequestTimedOut => "The time given was over before the request was done.",
        ErrorCode.BrokerNotAvailable => "The broker is not available.",
        ErrorCode.ReplicaNotAvailable => "The replica is not available at the moment.",
        ErrorCode.MessageTooLarge => "The batch is larger than the topic allows.",
        ErrorCode.StaleControllerEpoch => "The request comes from a controller that is one no more.",
        ErrorCode.OffsetMetadataTooLarge => "The text that goes with the offset is too long.",
        ErrorCode.NetworkException => "The connection ended before the answer came.",
        ErrorCode.CoordinatorLoadInProgress => "The coordinator still reads its state.",
        ErrorCode.CoordinatorNotAvailable => "There is no coordinator at the moment.",
        ErrorCode.NotCoordinator => "This broker is not the coordinator asked for.",
        ErrorCode.InvalidTopicException => "The topic's name is not one that clients may use.",
        ErrorCode.RecordListTooLarge => "The batch is larger than a segment.",
        ErrorCode.NotEnoughReplicas => "Too few replicas are in sync to accept the write.",
        ErrorCode.NotEnoughReplicasAfterAppend => "The records were written, but too few replicas are in sync.",
        ErrorCode.InvalidRequiredAcks => "Acks are -1, 0 or 1.",
        ErrorCode.IllegalGeneration => "The group is in another generation.",
        ErrorCode.InconsistentGroupProtocol => "The group has no protocol in common with this member, or another type.",
        ErrorCode.InvalidGroupId => "The group id is not valid.",
        ErrorCode.UnknownMemberId => "The group has no such member.",
        ErrorCode.InvalidSessionTimeout => "The session timeout is outside what the broker allows.",
        ErrorCode.RebalanceInProgress => "The group is rebalancing: join again.",
        ErrorCode.InvalidCommitOffsetSize => "The offsets committed at once are too many for one batch.",
        ErrorCode.TopicAuthorizationFailed => "Not allowed on this topic.",
        ErrorCode.GroupAuthorizationFailed => "Not allowed on this group.",
        ErrorCode.ClusterAuthorizationFailed => "Not allowed on the cluster.",
        ErrorCode.InvalidTimestamp => "The timestamp is too far from the broker's time.",
        ErrorCode.UnsupportedSaslMechanism => "The broker does not have this SASL mechanism.",
        ErrorCode.IllegalSaslState => "Not possible at this point of the authentication.",
        ErrorCode.UnsupportedVersion => "The broker does not have this version of the API.",
        ErrorCode.TopicAlreadyExists => "The topic exists already.",
        ErrorCode.InvalidPartitions => "The number of partitions is not possible.",
        ErrorCode.InvalidReplicationFactor => "The replication factor is not possible with the brokers there are.",
        ErrorCode.InvalidReplicaAssignment => "The assignment of replicas is not possible.",
        ErrorCode.InvalidConfig => "A configuration value is not valid.",
        ErrorCode.NotController => "This broker is not the controller.",
        ErrorCode.InvalidRequest => "The request contradicts itself or what the API is for.",
        ErrorCode.UnsupportedForMessageFormat => "The format of the records does not support this.",
        ErrorCode.PolicyViolation => "A policy of the cluster forbids it.",
        ErrorCode.OutOfOrderSequenceNumber => "The producer's sequence number is not the next one.",
        ErrorCode.DuplicateSequenceNumber => "The producer's sequence number was used already.",
        ErrorCode.InvalidProducerEpoch => "The producer's epoch is an old one.",
        ErrorCode.InvalidTxnState => "Not possible in the state that the transaction is in.",
        ErrorCode.InvalidProducerIdMapping => "The producer id does not belong to the transactional id.",
        ErrorCode.InvalidTransactionTimeout => "The transaction timeout is longer than the broker allows.",
        ErrorCode.ConcurrentTransactions => "An earlier transaction of this producer is still being ended.",
        ErrorCode.TransactionCoordinatorFenced => "The transaction coordinator is one no more.",
        ErrorCode.TransactionalIdAuthorizationFailed => "Not allowed to use this transactional id.",
        ErrorCode.SecurityDisabled => "The broker has no authorizer.",
        ErrorCode.OperationNotAttempted => "Not attempted, since another part of the request failed.",
        ErrorCode.KafkaStorageError => "The disk failed.",
        ErrorCode.LogDirNotFound => "The broker has no such log directory.",
        ErrorCode.SaslAuthenticationFailed => "The credentials are wrong.",
        ErrorCode.UnknownProducerId => "The broker knows nothing of this producer id any more.",
        ErrorCode.ReassignmentInProgress => "The partition is being moved already.",
        ErrorCode.DelegationTokenAuthDisabled => "Delegation tokens are not enabled.",
        ErrorCode.DelegationTokenNotFound => "There is no such delegation token.",
        ErrorCode.DelegationTokenOwnerMismatch => "The delegation token belongs to somebody else.",
        ErrorCode.DelegationTokenRequestNotAllowed => "Delegation tokens are not given over this kind of connection.",
        ErrorCode.DelegationTokenAuthorizationFailed => "Not allowed on this delegation token.",
        ErrorCode.DelegationTokenExpired => "The delegation token has expired.",
        ErrorCode.InvalidPrincipalType => "The type of the principal is not supported.",
        ErrorCode.NonEmptyGroup => "The group still has members.",
        ErrorCode.GroupIdNotFound => "There is no such group.",
        ErrorCode.FetchSessionIdNotFound => "There is no such fetch session.",
        ErrorCode.InvalidFetchSessionEpoch => "The fetch session is at another epoch.",
        ErrorCode.ListenerNotFound => "The leader has no listener like the one asked.",
        ErrorCode.TopicDeletionDisabled => "Topics cannot be deleted: it is turned off.",
        ErrorCode.FencedLeaderEpoch => "The leader epoch is older than the broker's.",
        ErrorCode.UnknownLeaderEpoch => "The leader epoch is newer than the broker's.",
        ErrorCode.UnsupportedCompressionType => "The compression is not one that this version may use.",
        ErrorCode.StaleBrokerEpoch => "The broker has registered anew since.",
        ErrorCode.OffsetNotAvailable => "The new leader cannot vouch for its offsets yet.",
        ErrorCode.MemberIdRequired => "Join again with the member id given.",
        ErrorCode.PreferredLeaderNotAvailable => "The preferred leader is not available.",
        ErrorCode.GroupMaxSizeReached => "The group has as many members as are allowed.",
        ErrorCode.FencedInstanceId => "Another member has taken over this instance id.",
        ErrorCode.EligibleLeadersNotAvailable => "No replica that may lead is available.",
        ErrorCode.ElectionNotNeeded => "The partition has the leader that it should have.",
        ErrorCode.NoReassignmentInProgress => "The partition is not being moved.",
        ErrorCode.GroupSubscribedToTopic => "The group is subscribed to the topic.",
        ErrorCode.InvalidRecord => "A record or batch is not as it should be.",
        ErrorCode.UnstableOffsetCommit => "There are offsets whose transaction is still open.",
        ErrorCode.ThrottlingQuotaExceeded => "The quota is used up: later.",
        ErrorCode.ProducerFenced => "A newer producer has taken over the transactional id.",
        ErrorCode.ResourceNotFound => "There is no such thing.",
        ErrorCode.DuplicateResource => "It is named twice.",
        ErrorCode.UnacceptableCredential => "The credential is not acceptable.",
        ErrorCode.InconsistentVoterSet => "The sets of voters differ.",
        ErrorCode.InvalidUpdateVersion => "The version of the update is not valid.",
        ErrorCode.FeatureUpdateFailed => "The feature could not be updated.",
        ErrorCode.PrincipalDeserializationFailure => "The principal that was forwarded cannot be read.",
        ErrorCode.SnapshotNotFound => "There is no such snapshot.",
        ErrorCode.PositionOutOfRange => "The position is outside the snapshot.",
        ErrorCode.UnknownTopicId => "This broker knows no topic with this id.",
        ErrorCode.DuplicateBrokerRegistration => "Another broker has registered with this id.",
        ErrorCode.BrokerIdNotRegistered => "No broker has registered with this id.",
        ErrorCode.InconsistentTopicId => "The topic in the log has another id than the one asked for.",
        ErrorCode.InconsistentClusterId => "This is another cluster.",
        ErrorCode.TransactionalIdNotFound => "There is no such transactional id.",
        ErrorCode.FetchSessionTopicIdError => "The fetch session mixes topic names and topic ids.",
        ErrorCode.IneligibleReplica => "The replica may not be in the in-sync set.",
        ErrorCode.NewLeaderElected => "The partition has been changed, and has another leader now.",
        ErrorCode.OffsetMovedToTieredStorage => "The offset is in remote storage.",
        ErrorCode.FencedMemberEpoch => "The member is at another epoch: it has to join anew.",
        ErrorCode.UnreleasedInstanceId => "Another member still has this instance id.",
        ErrorCode.UnsupportedAssignor => "The broker does not have this assignor.",
        ErrorCode.StaleMemberEpoch => "The member's epoch is an old one.",
        ErrorCode.MismatchedEndpointType => "This is another kind of endpoint than the one asked for.",
        ErrorCode.UnsupportedEndpointType => "This kind of endpoint is not supported here.",
        ErrorCode.UnknownControllerId => "No controller has this id.",
        ErrorCode.UnknownSubscriptionId => "The client's telemetry subscription is an old one.",
        ErrorCode.TelemetryTooLarge => "The client's telemetry is larger than the broker takes.",
        ErrorCode.InvalidRegistration => "The registration is not valid.",
        ErrorCode.TransactionAbortable => "The transaction failed: it can only be aborted.",
        ErrorCode.InvalidRecordState => "The record is not in a state that allows this.",
        ErrorCode.ShareSessionNotFound => "There is no such share session.",
        ErrorCode.InvalidShareSessionEpoch => "The share session is at another epoch.",
        ErrorCode.FencedStateEpoch => "The share coordinator has a newer state epoch.",
        ErrorCode.InvalidVoterKey => "The voter is not the one that is meant.",
        ErrorCode.DuplicateVoter => "The voter is in the set already.",
        ErrorCode.VoterNotFound => "The set has no such voter.",
        ErrorCode.InvalidRegularExpression => "The regular expression is not valid.",
        ErrorCode.RebootstrapRequired => "The client has to begin again with its bootstrap servers.",
        ErrorCode.StreamsInvalidTopology => "The topology is not valid.",
        ErrorCode.StreamsInvalidTopologyEpoch => "The epoch of the topology is not valid.",
        ErrorCode.StreamsTopologyFenced => "The member has an old topology.",
        ErrorCode.ShareSessionLimitReached => "The broker has as many share sessions as are allowed.",
        _ => $"Error {(short)code}, which this release does not know.",
    };

    private static string UpperSnake(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }

        return text.ToString();
    }
}
