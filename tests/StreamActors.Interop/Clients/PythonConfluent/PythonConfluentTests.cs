using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.PythonConfluent;

/// <summary>Debian's python3-confluent-kafka: librdkafka under Python.</summary>
public sealed class PythonConfluentTests(BrokerProcess broker)
    : ClientContract(broker, new ScriptClient(broker, "/usr/bin/python3", Path.Combine(Places.Clients, "PythonConfluent", "client.py")))
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public Task Reads_back_in_order_what_it_wrote(string codec) => ReadsBackWhatItWroteAsync(codec);

    [Fact]
    public Task Reads_back_what_it_wrote_idempotently() => ReadsBackWhatItWroteAsync("none", idempotent: true);

    /// <summary>Not with cooperative-sticky: this librdkafka (2.0) gives two members the same partition and leaves it at that, with Kafka too.</summary>
    [Fact]
    public Task Three_members_share_a_group_under_load_while_others_leave_and_die() => SharesAGroupThatMembersLeaveAndDieInAsync();
}
