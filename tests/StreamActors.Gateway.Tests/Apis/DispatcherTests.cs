using StreamActors.Gateway.Tests.Support;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Tests.Apis;

public class DispatcherTests
{
    [Fact]
    public async Task Every_registered_api_answers_an_empty_request_in_every_version()
    {
        var services = FakeNode.Services();
        await using var gateway = await StartAsync();
        foreach (var handler in new Gateway.Apis.ApiTable(services).All)
        {
            if (handler.Api.Key == ApiKey.Produce) continue; // acks 0 by default: no answer
            for (var version = handler.LowestVersion; version <= handler.HighestVersion; version++)
            {
                using var client = await gateway.ConnectAsync();
                var body = (IRequestMessage)Activator.CreateInstance(typeof(FetchRequest).Assembly.GetType($"StreamActors.Protocol.Messages.{handler.Api.Name}Request")!)!;
                if (body is ApiVersionsRequest versions) (versions.ClientSoftwareName, versions.ClientSoftwareVersion) = ("test", "1.0");
                var answer = await AskAsync(client, body, version);
                Assert.Equal(handler.Api.Key, answer.ApiKey);
            }
        }
    }

    [Fact]
    public async Task A_newer_ApiVersions_is_answered_in_version_0_with_the_versions_that_there_are()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        byte[] frame = [0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 255, 255, 0];
        await client.SendAsync(frame);
        var answer = Read(await client.ReadAnswerAsync(), ApiKey.ApiVersions, 0, out var correlationId) as ApiVersionsResponse;
        Assert.Equal(7, correlationId);
        Assert.Equal(ErrorCode.UnsupportedVersion, (ErrorCode)answer!.ErrorCode);
        Assert.Equal((18, 0, 4), Assert.Single(answer.ApiKeys.Select(key => ((int)key.ApiKey, (int)key.MinVersion, (int)key.MaxVersion))));

        // and the client goes on in one of them
        var again = (ApiVersionsResponse)await AskAsync(client, new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1.0" }, 4);
        Assert.Equal(0, again.ErrorCode);
        Assert.Contains(again.ApiKeys, key => key is { ApiKey: 0, MinVersion: 0, MaxVersion: 13 });
        Assert.Contains(again.ApiKeys, key => key is { ApiKey: 1, MinVersion: 4, MaxVersion: 18 });
    }

    [Theory]
    [InlineData("", "1.0")]
    [InlineData("client", "")]
    [InlineData("-client", "1.0")]
    [InlineData("cli ent", "1.0")]
    public async Task A_software_name_that_cannot_be_one_is_an_invalid_request(string name, string version)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        var answer = (ApiVersionsResponse)await AskAsync(client, new ApiVersionsRequest { ClientSoftwareName = name, ClientSoftwareVersion = version }, 3);
        Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)answer.ErrorCode);
    }

    [Theory]
    [InlineData(new byte[] { 3, 231, 0, 0, 0, 0, 0, 1, 255, 255 })] // API 999
    [InlineData(new byte[] { 0, 3, 0, 99, 0, 0, 0, 1, 255, 255, 0 })] // Metadata 99
    [InlineData(new byte[] { 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 127, 255, 255, 255 })] // two thousand million topics
    [InlineData(new byte[] { 0, 3, 0, 1, 0, 0, 0, 1, 0, 99 })] // a client id that is not there
    public async Task What_cannot_be_answered_closes_the_connection(byte[] body)
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        await client.SendAsync(Frames.Announce(body.Length).Concat(body).ToArray());
        Assert.True(await client.IsClosedByPeerAsync());
    }

    [Fact]
    public async Task Without_a_controller_changes_are_refused_and_may_be_tried_again()
    {
        await using var gateway = await StartAsync();
        using var client = await gateway.ConnectAsync();
        var answer = (CreateTopicsResponse)await AskAsync(client, new CreateTopicsRequest { Topics = [new() { Name = "a" }], TimeoutMs = 100 }, 7);
        Assert.Equal(ErrorCode.NotController, (ErrorCode)Assert.Single(answer.Topics).ErrorCode);
    }

    internal static async Task<IResponseMessage> AskAsync(ITransportConnection client, IRequestMessage request, short version)
    {
        using (var frame = RequestFrame.Create(version, 42, "test", request)) await client.SendAsync(frame.ToArray());
        var answer = Read(await client.ReadAnswerAsync(), request.ApiKey, version, out var correlationId);
        Assert.Equal(42, correlationId);
        return answer;
    }

    private static IResponseMessage Read(byte[] frame, ApiKey key, short version, out int correlationId)
    {
        var reader = new WireReader(frame);
        correlationId = FrameHeaders.ReadResponseHeader(ref reader, key, version).CorrelationId;
        var answer = ApiMessages.ReadResponse(key, version, ref reader);
        reader.ExpectEnd();
        return answer;
    }

    private static Task<GatewayUnderTest> StartAsync() => GatewayUnderTest.StartAsync(FakeNode.Services().CreateProcessor());
}
