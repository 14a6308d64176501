using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// AlterReplicaLogDirs (34), versions 1-2 (KIP-113). Begins moves of replicas of this broker to other data folders; DescribeLogDirs shows how far
/// they are. A partition that has no folder yet is made there; one that is not of this broker is REPLICA_NOT_AVAILABLE.
/// </summary>
internal sealed class AlterReplicaLogDirsHandler(GatewayServices services) : ApiHandler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>
{
    protected override ValueTask<AlterReplicaLogDirsResponse?> HandleAsync(RequestContext context, AlterReplicaLogDirsRequest request) =>
        ValueTask.FromResult<AlterReplicaLogDirsResponse?>(Answer(request, services.Moves.Begin));

    protected override AlterReplicaLogDirsResponse? Failure(RequestContext context, AlterReplicaLogDirsRequest request, ErrorCode error) =>
        Answer(request, (_, _, _) => error);

    private static AlterReplicaLogDirsResponse Answer(AlterReplicaLogDirsRequest request, Func<string, int, string, ErrorCode> begin)
    {
        var answers = from directory in request.Dirs
                      from topic in directory.Topics
                      from partition in topic.Partitions
                      select (topic.Name, Partition: partition, Error: begin(topic.Name, partition, directory.Path));
        var response = new AlterReplicaLogDirsResponse();
        foreach (var topic in answers.GroupBy(answer => answer.Name, StringComparer.Ordinal))
        {
            response.Results.Add(new()
            {
                TopicName = topic.Key,
                Partitions = [.. topic.Select(answer => new AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult
                {
                    PartitionIndex = answer.Partition, ErrorCode = (short)answer.Error,
                })],
            });
        }

        return response;
    }
}
