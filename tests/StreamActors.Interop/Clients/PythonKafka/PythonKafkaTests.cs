using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.PythonKafka;

/// <summary>Debian's python3-kafka, which has no idempotent producer.</summary>
public sealed class PythonKafkaTests(BrokerProcess broker)
    : ClientContract(broker, new ScriptClient(broker, "/usr/bin/python3", Path.Combine(Places.Clients, "PythonKafka", "client.py")))
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public Task Reads_back_in_order_what_it_wrote(string codec) => ReadsBackWhatItWroteAsync(codec);

    [Fact]
    public Task Three_members_share_a_group_under_load_while_others_leave_and_die() => SharesAGroupThatMembersLeaveAndDieInAsync();
}
