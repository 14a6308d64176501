using Microsoft.Extensions.Time.Testing;
using StreamActors.Gateway.Apis.Fetching;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Tests.Apis;

public class FetchSessionTests
{
    private static readonly Guid Topic = new("11111111-1111-1111-1111-111111111111");

    private readonly FakeTimeProvider time = new();
    private int lastId = 100;

    [Fact]
    public void A_session_remembers_partitions_and_counts_epochs()
    {
        var sessions = Sessions();
        var full = sessions.Plan(Request(0, 0, 0, 1, 2), 18);
        Assert.False(full.IsIncremental);
        Assert.NotEqual(0, full.SessionId);

        var next = sessions.Plan(Request(full.SessionId, 1), 18);
        Assert.True(next.IsIncremental);
        Assert.Equal([0, 1, 2], next.Partitions.Select(partition => partition.Key.Partition));

        var request = Request(full.SessionId, 2, 3);
        request.ForgottenTopicsData.Add(new() { TopicId = Topic, Partitions = [1] });
        Assert.Equal([0, 2, 3], sessions.Plan(request, 18).Partitions.Select(partition => partition.Key.Partition));
    }

    [Fact]
    public void A_wrong_id_epoch_or_way_to_name_topics_is_refused()
    {
        var sessions = Sessions();
        var id = sessions.Plan(Request(0, 0, 0), 18).SessionId;
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, sessions.Plan(Request(id + 1, 1), 18).Error);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, sessions.Plan(Request(id, 2), 18).Error);
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, sessions.Plan(Request(id, 1), 12).Error);
        Assert.Equal(ErrorCode.None, sessions.Plan(Request(id, 1), 18).Error);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, sessions.Plan(Request(id, 1), 18).Error);
    }

    [Fact]
    public void The_final_epoch_closes_the_session_and_forgetting_everything_does_too()
    {
        var sessions = Sessions();
        var first = sessions.Plan(Request(0, 0, 0), 18).SessionId;
        Assert.Equal(0, sessions.Plan(Request(first, -1, 0), 18).SessionId);
        var second = sessions.Plan(Request(0, 0, 0), 18).SessionId;
        var forget = Request(second, 1);
        forget.ForgottenTopicsData.Add(new() { TopicId = Topic, Partitions = [0] });
        Assert.Equal(0, sessions.Plan(forget, 18).SessionId);
        Assert.Equal(0, sessions.Count);
    }

    [Fact]
    public void A_full_cache_gives_up_only_what_was_not_used_for_a_while()
    {
        var sessions = Sessions(new FetchSettings { SessionSlots = 2 });
        var first = sessions.Plan(Request(0, 0, 0), 18).SessionId;
        time.Advance(TimeSpan.FromSeconds(1));
        var second = sessions.Plan(Request(0, 0, 0), 18).SessionId;
        Assert.Equal(0, sessions.Plan(Request(0, 0, 0), 18).SessionId);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(ErrorCode.None, sessions.Plan(Request(first, 1), 18).Error);
        Assert.NotEqual(0, sessions.Plan(Request(0, 0, 0), 18).SessionId);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, sessions.Plan(Request(second, 1), 18).Error);
        Assert.Equal(ErrorCode.None, sessions.Plan(Request(first, 2), 18).Error);
    }

    [Fact]
    public void Only_news_is_told_and_an_error_makes_the_state_news_again()
    {
        var partition = new FetchedPartition(new FetchKey(new TopicId(Topic), "", 0));
        Assert.True(partition.IsNews(Data(10)));
        Assert.False(partition.IsNews(Data(10)));
        Assert.True(partition.IsNews(Data(11)));
        Assert.True(partition.IsNews(new() { ErrorCode = (short)ErrorCode.NotLeaderOrFollower }));
        Assert.True(partition.IsNews(Data(11)));
        Assert.False(partition.IsNews(Data(11)));
    }

    private static FetchResponse.PartitionData Data(long highWatermark) => new() { HighWatermark = highWatermark, LogStartOffset = 0 };

    private FetchSessions Sessions(FetchSettings? settings = null) => new(settings ?? new FetchSettings(), time, () => ++lastId);

    private static FetchRequest Request(int session, int epoch, params int[] partitions) => new()
    {
        SessionId = session,
        SessionEpoch = epoch,
        Topics = partitions.Length == 0 ? [] : [new() { TopicId = Topic, Topic = "t", Partitions = [.. partitions.Select(index => new FetchRequest.FetchPartition { Partition = index })] }],
    };
}
