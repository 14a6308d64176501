using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Apis;

public sealed class ConfigResourcesTests(NodeUnderTest node) : IClassFixture<NodeUnderTest>
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte ClientMetrics = 16;
    private const sbyte Group = 32;

    [Fact]
    public async Task A_group_that_was_given_settings_is_listed_and_described_with_where_they_come_from()
    {
        using var client = await node.ConnectAsync();
        await NodeUnderTest.CreateTopicAsync(client, "configured");
        var altered = await NodeUnderTest.AskAsync<IncrementalAlterConfigsResponse>(
            client,
            new IncrementalAlterConfigsRequest
            {
                Resources =
                [
                    new() { ResourceType = Group, ResourceName = "slow", Configs = [new() { Name = "consumer.session.timeout.ms", Value = "50000" }] },
                    new() { ResourceType = Group, ResourceName = "fast", Configs = [new() { Name = "consumer.session.timeout.ms", Value = "5" }] },
                ],
            },
            1);
        Assert.Equal([ErrorCode.None, ErrorCode.InvalidConfig], altered.Responses.Select(each => (ErrorCode)each.ErrorCode));

        Assert.Equal([(Group, "slow")], await ListAsync(client, Group));
        Assert.Equal([(Broker, "1"), (Topic, "configured")], await ListAsync(client, Broker, Topic, Broker));
        Assert.Equal([(Group, "slow"), ((sbyte)8, "1"), (Broker, "1"), (Topic, "configured")], await ListAsync(client));

        var described = await NodeUnderTest.AskAsync<DescribeConfigsResponse>(
            client, new DescribeConfigsRequest { IncludeSynonyms = true, Resources = [new() { ResourceType = Group, ResourceName = "slow", ConfigurationKeys = ["consumer.session.timeout.ms"] }] }, 4);
        var setting = Assert.Single(Assert.Single(described.Results).Configs);
        Assert.Equal(("50000", (sbyte)8, false), (setting.Value, setting.ConfigSource, setting.ReadOnly));
        Assert.Equal(["consumer.session.timeout.ms", "group.consumer.session.timeout.ms"], setting.Synonyms.Select(synonym => synonym.Name));
    }

    [Fact]
    public async Task Kinds_that_the_version_does_not_have_are_refused()
    {
        using var client = await node.ConnectAsync();
        Assert.Equal(ErrorCode.UnsupportedVersion, (ErrorCode)(await AskAsync(client, 1, 64)).ErrorCode);
        Assert.Equal(ErrorCode.None, (ErrorCode)(await AskAsync(client, 1, ClientMetrics)).ErrorCode);
        var old = await AskAsync(client, 0);
        Assert.Equal((ErrorCode.None, 0), ((ErrorCode)old.ErrorCode, old.ConfigResources.Count));
    }

    private static async Task<List<(sbyte, string)>> ListAsync(ITransportConnection client, params sbyte[] types) =>
        (await AskAsync(client, 1, types)).ConfigResources.ConvertAll(each => (each.ResourceType, each.ResourceName));

    private static Task<ListConfigResourcesResponse> AskAsync(ITransportConnection client, short version, params sbyte[] types) =>
        NodeUnderTest.AskAsync<ListConfigResourcesResponse>(client, new ListConfigResourcesRequest { ResourceTypes = [.. types] }, version);
}
