using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Tests.Support;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Tests.Connections;

public sealed class ConnectionTests
{
    private static readonly BrokerAddress Broker1 = new("broker1", 9092);

    [Fact]
    public void Picks_the_highest_version_that_both_sides_have() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        cluster[1].Versions.ApiKeys.Single(a => a.ApiKey == (short)ApiKey.Metadata).MaxVersion = 9;
        using var connection = await Handshake.OpenAsync(Broker1, cluster.Options);

        await connection.SendAsync<MetadataResponse>(new MetadataRequest());

        Assert.Equal(9, cluster.Requests.Single(r => r.Key == ApiKey.Metadata).Version);
        Assert.Equal(ApiKeys.Info(ApiKey.Produce).LatestStable, connection.Versions.Pick(ApiKey.Produce));
    });

    [Fact]
    public void Begins_again_in_a_version_that_an_older_broker_names() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        cluster[1].Versions.ApiKeys.Single(a => a.ApiKey == (short)ApiKey.ApiVersions).MaxVersion = 2;
        cluster[1].Script = (request, version) => request is ApiVersionsRequest && version > 2
            ? new ApiVersionsResponse { ErrorCode = (short)ErrorCode.UnsupportedVersion, ApiKeys = cluster[1].Versions.ApiKeys }
            : null;

        using var connection = await Handshake.OpenAsync(Broker1, cluster.Options);

        Assert.Equal([ApiKeys.Info(ApiKey.ApiVersions).LatestStable, (short)2], cluster.Requests.Select(r => r.Version));
        Assert.NotNull(connection.Versions.Find(ApiKey.Fetch));
    });

    [Fact]
    public void An_API_without_a_common_version_is_refused_before_anything_is_sent() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        cluster[1].Versions = FakeBroker.AllVersions(a => a.Key != ApiKey.DescribeCluster);
        using var connection = await Handshake.OpenAsync(Broker1, cluster.Options);

        var error = await Assert.ThrowsAsync<KafkaException>(() => connection.SendAsync<DescribeClusterResponse>(new DescribeClusterRequest()));

        Assert.Equal(ErrorCode.UnsupportedVersion, error.Code);
        Assert.True(connection.IsOpen);
    });

    [Fact]
    public void Answers_find_their_requests_when_many_are_under_way() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        for (var i = 0; i < 20; i++) cluster.AddTopic($"t{i}");
        using var connection = await Handshake.OpenAsync(Broker1, cluster.Options);

        var answers = Enumerable.Range(0, 20)
            .Select(i => connection.SendAsync<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = $"t{i}" }] })).ToArray();

        for (var i = 0; i < 20; i++) Assert.Equal($"t{i}", Assert.Single((await answers[i]).Topics).Name);
    });

    [Fact]
    public void A_request_that_is_not_answered_in_time_closes_the_connection_and_fails_all_that_wait() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        using var connection = await Handshake.OpenAsync(Broker1, cluster.Options);
        cluster[1].Holds = request => request is MetadataRequest;
        var start = world.Time.GetTimestamp();

        var first = connection.SendAsync<MetadataResponse>(new MetadataRequest(), timeout: TimeSpan.FromSeconds(3));
        var second = connection.SendAsync<MetadataResponse>(new MetadataRequest());

        Assert.Equal(ErrorCode.RequestTimedOut, (await Assert.ThrowsAsync<KafkaException>(() => first)).Code);
        Assert.Equal(ErrorCode.RequestTimedOut, (await Assert.ThrowsAsync<KafkaException>(() => second)).Code);
        Assert.Equal(TimeSpan.FromSeconds(3), world.Time.GetElapsedTime(start));
        Assert.False(connection.IsOpen);
    });

    [Theory]
    [InlineData("length")]
    [InlineData("huge")]
    [InlineData("correlation")]
    [InlineData("cut")]
    [InlineData("trailing")]
    public void A_malformed_answer_closes_the_connection(string kind) => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        using var connection = await Handshake.OpenAsync(Broker1, cluster.Options);
        cluster[1].Distorts = bytes =>
        {
            switch (kind)
            {
                case "length": return [0, 0, 0, 1, 0];
                case "huge": return [0x7f, 0xff, 0xff, 0xff, .. bytes[4..]];
                case "correlation": bytes[7] ^= 1; return bytes;
                case "cut": return [0, 0, 0, 9, .. bytes[4..13]];
                default: return [0, 0, (byte)((bytes.Length - 3) >> 8), (byte)(bytes.Length - 3), .. bytes[4..], 0];
            }
        };

        var error = await Assert.ThrowsAsync<KafkaException>(() => connection.SendAsync<MetadataResponse>(new MetadataRequest()));

        Assert.Equal(ErrorCode.NetworkException, error.Code);
        Assert.False(connection.IsOpen);
    });

    [Fact]
    public void The_pool_opens_a_lost_connection_anew_and_pauses_longer_after_each_failure() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        using var pool = new ConnectionPool(cluster.Options, new Backoff(cluster.Options));
        var first = await pool.GetAsync(Broker1);
        cluster[1].CloseConnections();
        await world.Until(() => !first.IsOpen);

        Assert.NotSame(first, await pool.GetAsync(Broker1));

        await cluster[1].StopAsync();
        await world.Until(() => pool.TryGet(Broker1) is null);
        var pauses = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            var start = world.Time.GetTimestamp();
            await Assert.ThrowsAsync<KafkaException>(() => pool.GetAsync(Broker1));
            pauses.Add(world.Time.GetElapsedTime(start).TotalMilliseconds);
        }

        Assert.Equal(0, pauses[0]);
        Assert.InRange(pauses[1], 40, 60);
        Assert.InRange(pauses[2], 80, 120);
        Assert.InRange(pauses[3], 160, 240);
    });

    [Theory]
    [InlineData("localhost", "localhost", 9092)]
    [InlineData("kafka-1:9094", "kafka-1", 9094)]
    [InlineData("[::1]:9094", "::1", 9094)]
    [InlineData("::1", "::1", 9092)]
    public void Reads_addresses(string text, string host, int port)
    {
        Assert.True(BrokerAddress.TryParse(text, out var address));
        Assert.Equal(new BrokerAddress(host, port), address);
    }

    [Theory]
    [InlineData(":9092")]
    [InlineData("host:")]
    [InlineData("host:70000")]
    [InlineData("host:-1")]
    public void Refuses_what_is_no_address(string text) => Assert.False(BrokerAddress.TryParse(text, out _));
}
