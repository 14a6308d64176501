using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Sarama;

/// <summary>Debian's sarama for Go, built by the first of these tests and kept in <c>artifacts/interop</c>.</summary>
public sealed class SaramaTests(BrokerProcess broker) : ClientContract(broker, new ScriptClient(broker, Binary)), IAsyncLifetime
{
    const int UnsupportedCompressionType = 76;

    static readonly string Binary = Path.Combine(Places.Artifacts, "interop", "sarama-client");
    static readonly Lazy<Task> Build = new(BuildAsync);

    public Task InitializeAsync() => Build.Value;

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    public Task Reads_back_in_order_what_it_wrote(string codec) => ReadsBackWhatItWroteAsync(codec);

    [Fact]
    public Task Reads_back_what_it_wrote_idempotently() => ReadsBackWhatItWroteAsync("none", idempotent: true);

    [Fact]
    public Task Three_members_share_a_group_under_load_while_others_leave_and_die() => SharesAGroupThatMembersLeaveAndDieInAsync();

    /// <summary>This sarama knows zstd, but its produce requests are of a version from before it (KIP-110).</summary>
    [Fact]
    public async Task Zstd_in_a_produce_request_of_an_old_version_is_refused()
    {
        var topic = await NewTopicAsync("zstd");
        var refused = await Client.ProduceAsync(topic, Records(1), "zstd");
        Assert.True(refused.Refusal?.Error == UnsupportedCompressionType, $"{refused.Refusal}");
    }

    static async Task BuildAsync()
    {
        var environment = new Dictionary<string, string> { ["GO111MODULE"] = "off", ["GOPATH"] = "/usr/share/gocode", ["GOFLAGS"] = "" };
        var source = Path.Combine(Places.Clients, "Sarama", "client.go");
        (await Command.RunAsync(["go", "build", "-o", Binary, source], seconds: 900, environment: environment)).Succeeded();
    }
}
