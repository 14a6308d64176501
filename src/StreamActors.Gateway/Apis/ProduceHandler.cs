using System.Runtime.InteropServices;
using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Storage;
using StreamActors.Storage.Validation;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// Produce (0), versions 3-13. Each partition's records are checked here, off the replica, and told to it as they are. When all were told, the next
/// request of the connection may come; the answer waits for the acks asked for. Version 7 may have zstd (KIP-110), 8 tells which records were refused (KIP-467), 10 the
/// current leader (KIP-951), 13 knows topics by id (KIP-516). Records of transactions are refused until there are transactions.
/// </summary>
internal sealed class ProduceHandler(GatewayServices services) : ApiHandler<ProduceRequest, ProduceResponse>
{
    private const short ZstdSince = 7;

    protected override async ValueTask<ProduceResponse?> HandleAsync(RequestContext context, ProduceRequest request)
    {
        var image = services.Metadata.Current;
        var response = new ProduceResponse();
        var open = new List<OpenAppend>();
        try
        {
            foreach (var topicData in request.TopicData) await TellAsync(context, image, request, topicData, response, open);
            context.AllowNext();
        }
        finally
        {
            // Whatever happened on the way: the records are the replicas' until each has answered.
            foreach (var (append, records, answer) in open)
            {
                Complete(context, image, response, answer, await append.Answer);
                records.Dispose();
            }
        }

        if (request.Acks != (short)RequiredAcks.None) return response;
        if (response.Responses.Exists(topic => topic.PartitionResponses.Exists(partition => partition.ErrorCode != (short)ErrorCode.None)))
            context.Close(CloseReason.UnacknowledgedFailure);
        return null;
    }

    private async ValueTask TellAsync(
        RequestContext context,
        MetadataImage image,
        ProduceRequest request,
        ProduceRequest.TopicProduceData topicData,
        ProduceResponse response,
        List<OpenAppend> open)
    {
        var topic = context.ApiVersion >= 13 ? image.Topic(new TopicId(topicData.TopicId)) : image.Topic(topicData.Name);
        var answers = new ProduceResponse.TopicProduceResponse { Name = topicData.Name, TopicId = topicData.TopicId };
        response.Responses.Add(answers);
        var error = Refusal(request);
        if (error == ErrorCode.None) error = topic is null ? Unknown(context, topicData.Name) : TopicRefusal(topic);
        foreach (var data in topicData.PartitionData)
        {
            var answer = new ProduceResponse.PartitionProduceResponse { Index = data.Index, BaseOffset = -1 };
            answers.PartitionResponses.Add(answer);
            if (error != ErrorCode.None)
            {
                Refuse(answer, error, null);
                continue;
            }

            if (!services.TryLocate(image, topic!, data.Index, out var located)) located = await services.LocateAsync(image, topic!, data.Index);
            if (located.Handle is null) RefuseLeader(context, image, response, answer, located);
            else if (IsBeforeZstd(context, data.Records)) Refuse(answer, ErrorCode.UnsupportedCompressionType, null);
            else if (Append(located.Handle, data.Index, data.Records, (RequiredAcks)request.Acks, answer) is { } append) open.Add(append);
        }
    }

    protected override ProduceResponse? Failure(RequestContext context, ProduceRequest request, ErrorCode error)
    {
        if (request.Acks == (short)RequiredAcks.None) return null;
        return new ProduceResponse
        {
            Responses = [.. request.TopicData.Select(topic => new ProduceResponse.TopicProduceResponse
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                PartitionResponses = [.. topic.PartitionData.Select(partition => new ProduceResponse.PartitionProduceResponse
                {
                    Index = partition.Index, ErrorCode = (short)error, BaseOffset = -1,
                })],
            })],
        };
    }

    /// <summary>Who speaks so old a version may have zstd all the same, but those who read with versions as old may not (KIP-110).</summary>
    private static bool IsBeforeZstd(RequestContext context, Protocol.Wire.RecordsData records) =>
        context.ApiVersion < ZstdSince && records.Memory.Length >= RecordBatchHeader.Size
        && new RecordBatchHeader(records.Memory.Span).Codec == CompressionCodec.Zstd;

    private static ErrorCode Refusal(ProduceRequest request)
    {
        if (request.Acks is < -1 or > 1) return ErrorCode.InvalidRequiredAcks;
        return request.TransactionalId is null ? ErrorCode.None : ErrorCode.InvalidTxnState;
    }

    private static ErrorCode Unknown(RequestContext context, string name)
    {
        if (context.ApiVersion >= 13) return ErrorCode.UnknownTopicId;
        return TopicNames.Fault(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;
    }

    private static ErrorCode TopicRefusal(TopicImage topic) => TopicNames.IsInternal(topic.Name) ? ErrorCode.InvalidTopicException : ErrorCode.None;

    private OpenAppend? Append(
        ReplicaHandle handle, int partition, Protocol.Wire.RecordsData records, RequiredAcks acks, ProduceResponse.PartitionProduceResponse answer)
    {
        // The frame is this request's alone until it is answered: the log may stamp the batches where they are.
        var memory = MemoryMarshal.AsMemory(records.Memory);
        var valid = RecordBatchValidator.Validate(memory, handle.Config, new TopicPartition(handle.Topic, partition), services.Now);
        if (valid.Error == ErrorCode.None && !valid.Info.IsTransactional)
        {
            var append = AwaitedAppend.Rent(valid.Records, acks);
            handle.Actor.Tell(append, ActorRefs.NoSender);
            return new OpenAppend(append, valid, answer);
        }

        if (valid.Error == ErrorCode.None) Refuse(answer, ErrorCode.InvalidTxnState, "There are no transactions yet.");
        else Refuse(answer, valid.Error, valid.Message);
        answer.LogStartOffset = handle.View.LogStartOffset.Value;
        foreach (var (index, message) in valid.RecordErrors) answer.RecordErrors.Add(new() { BatchIndex = index, BatchIndexErrorMessage = message });
        valid.Dispose();
        return null;
    }

    /// <summary>An append that was told to a replica, whose records are its own until it answers.</summary>
    private readonly record struct OpenAppend(AwaitedAppend Append, ValidationResult Records, ProduceResponse.PartitionProduceResponse Response);

    private void Complete(
        RequestContext context, MetadataImage image, ProduceResponse response, ProduceResponse.PartitionProduceResponse answer, in AppendOutcome outcome)
    {
        if (outcome.Error == ErrorCode.NotLeaderOrFollower)
        {
            RefuseLeader(context, image, response, answer, Located.Failed(outcome.Error));
            return;
        }

        answer.ErrorCode = (short)outcome.Error;
        answer.ErrorMessage = outcome.ErrorMessage;
        answer.BaseOffset = outcome.BaseOffset.Value;
        answer.LogAppendTimeMs = outcome.LogAppendTime.Value;
        answer.LogStartOffset = outcome.LogStartOffset.Value;
    }

    private static void Refuse(ProduceResponse.PartitionProduceResponse answer, ErrorCode error, string? message)
    {
        answer.ErrorCode = (short)error;
        answer.ErrorMessage = message;
        answer.BaseOffset = -1;
    }

    private static void RefuseLeader(
        RequestContext context, MetadataImage image, ProduceResponse response, ProduceResponse.PartitionProduceResponse answer, in Located located)
    {
        Refuse(answer, located.Error, null);
        if (context.ApiVersion < 10 || located.Error != ErrorCode.NotLeaderOrFollower || located.Partition.Replicas.IsDefault) return;
        var leader = image.LeaderOf(located.Partition);
        answer.CurrentLeader = new() { LeaderId = leader.Value, LeaderEpoch = located.Partition.LeaderEpoch.Value };
        if (response.NodeEndpoints.Exists(node => node.NodeId == leader.Value)) return;
        if (image.Brokers.TryGetValue(leader.Value, out var broker) && broker.Listener(context.Connection.Listener) is { } endPoint)
            response.NodeEndpoints.Add(new() { NodeId = leader.Value, Host = endPoint.Host, Port = endPoint.Port, Rack = broker.Rack });
    }
}
