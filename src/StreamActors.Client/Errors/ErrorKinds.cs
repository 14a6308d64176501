using StreamActors.Protocol;

namespace StreamActors.Client.Errors;

internal static class ErrorKinds
{
    public static ErrorKind Kind(this ErrorCode code) => code switch
    {
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed
            or ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.DelegationTokenAuthorizationFailed
            or ErrorCode.SaslAuthenticationFailed => ErrorKind.Authorization,
        _ => code.IsRetriable() ? ErrorKind.Retriable : ErrorKind.Fatal,
    };

    /// <summary>The error says that leaders, ids or coordinators are not where this client believes.</summary>
    public static bool IsAboutMetadata(this ErrorCode code) => code is
        ErrorCode.UnknownTopicOrPartition or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderOrFollower or ErrorCode.ReplicaNotAvailable
        or ErrorCode.NetworkException or ErrorCode.RequestTimedOut or ErrorCode.KafkaStorageError or ErrorCode.FencedLeaderEpoch
        or ErrorCode.UnknownLeaderEpoch or ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId or ErrorCode.NotController
        or ErrorCode.ListenerNotFound or ErrorCode.NewLeaderElected;

    /// <summary>A write that was answered like this may have been done all the same, or may yet be.</summary>
    public static bool MayHaveBeenWritten(this ErrorCode code) => code is
        ErrorCode.NetworkException or ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicasAfterAppend
        or ErrorCode.KafkaStorageError or ErrorCode.UnknownServerError;
}
