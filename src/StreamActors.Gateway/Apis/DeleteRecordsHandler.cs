using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>DeleteRecords (21), versions 0-2 (KIP-107). Moves the log start offsets of leaders forward; -1 stands for the high watermark.</summary>
internal sealed class DeleteRecordsHandler(GatewayServices services) : ApiHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    protected override async ValueTask<DeleteRecordsResponse?> HandleAsync(RequestContext context, DeleteRecordsRequest request)
    {
        var image = services.Metadata.Current;
        var response = new DeleteRecordsResponse();
        foreach (var wanted in request.Topics)
        {
            var answers = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = wanted.Name };
            response.Topics.Add(answers);
            foreach (var partition in wanted.Partitions)
            {
                var (error, start) = await DeleteAsync(image, image.Topic(wanted.Name), partition);
                answers.Partitions.Add(new() { PartitionIndex = partition.PartitionIndex, ErrorCode = (short)error, LowWatermark = start });
            }
        }

        return response;
    }

    private async ValueTask<(ErrorCode Error, long LogStartOffset)> DeleteAsync(
        MetadataImage image, TopicImage? topic, DeleteRecordsRequest.DeleteRecordsPartition wanted)
    {
        if (topic is null) return (ErrorCode.UnknownTopicOrPartition, -1);
        var located = await services.LocateAsync(image, topic, wanted.PartitionIndex);
        if (located.Handle is not { } handle) return (located.Error, -1);
        if (handle.Config is { CleanupByCompaction: true, CleanupByDeletion: false }) return (ErrorCode.PolicyViolation, -1);
        var delete = new DeleteRecordsBefore(new Offset(wanted.Offset));
        handle.Actor.Tell(delete, ActorRefs.NoSender);
        var (error, start) = await delete.Answer;
        return (error, error == ErrorCode.None ? start.Value : -1);
    }
}
