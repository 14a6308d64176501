using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>DeleteTopics: by name or by id. The records are gone from the image at once; brokers remove the data after.</summary>
internal sealed class TopicDeletion(ControllerSettings settings)
{
    public ControllerDecision Decide(MetadataImage image, DeleteTopicsRequest request)
    {
        var response = new DeleteTopicsResponse();
        var records = new List<IRecordMessage>();
        var seen = new HashSet<TopicId>();
        foreach (var topic in Wanted(request))
        {
            var known = topic.Name is { } name ? image.Topic(name) : image.Topic(new TopicId(topic.TopicId));
            var result = new DeleteTopicsResponse.DeletableTopicResult { Name = topic.Name ?? known?.Name, TopicId = known?.Id.Value ?? topic.TopicId };
            response.Responses.Add(result);
            var error = Judge(topic, known, seen);
            result.ErrorCode = (short)error;
            result.ErrorMessage = error == ErrorCode.None ? null : error.DefaultMessage();
            if (error == ErrorCode.None) records.Add(new RemoveTopicRecord { TopicId = known!.Id.Value });
        }

        return new ControllerDecision(records, response);
    }

    private ErrorCode Judge(DeleteTopicsRequest.DeleteTopicState topic, TopicImage? known, HashSet<TopicId> seen)
    {
        if (!settings.DeleteTopicEnable) return ErrorCode.TopicDeletionDisabled;
        if (topic.Name is not null && topic.TopicId != Guid.Empty) return ErrorCode.InvalidRequest;
        if (known is null) return topic.Name is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        return seen.Add(known.Id) ? ErrorCode.None : ErrorCode.InvalidRequest;
    }

    private static IEnumerable<DeleteTopicsRequest.DeleteTopicState> Wanted(DeleteTopicsRequest request) =>
        request.Topics.Concat(request.TopicNames.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name }));
}
