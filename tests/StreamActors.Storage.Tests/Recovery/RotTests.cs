using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;

namespace StreamActors.Storage.Tests.Recovery;

/// <summary>Bits that rot where Kafka's formats have no checksum.</summary>
public sealed class RotTests
{
    [Theory]
    [InlineData("topic 0 15")]
    [InlineData("")]
    public void A_seal_belongs_to_its_line_alone(string line)
    {
        var whole = LineSeal.Seal(line);
        Assert.Equal(line, LineSeal.Open(whole));
        Assert.Equal(line, LineSeal.Open(line));
        for (var at = 0; at < whole.Length; at++)
        {
            for (var bit = 0; bit < 7; bit++)
            {
                var rotten = whole.ToCharArray();
                rotten[at] ^= (char)(1 << bit);
                // What shows no seal at all is Kafka's own, and has too many fields.
                Assert.True(LineSeal.Open(new string(rotten)) is null or { Length: > 20 }, $"bit {bit} of character {at}");
            }
        }
    }

    [Fact]
    public void A_start_offset_that_rots_does_not_hide_records()
    {
        using var fixture = new LogFixture();
        for (var i = 0; i < 10; i++) fixture.Append(Batches.Of(2));
        fixture.Commit();
        fixture.Log.DeleteRecords(new Offset(4));
        fixture.Log.Sync();
        fixture.Crash(folder => Replace(Path.Combine(Path.GetDirectoryName(folder)!, "log-start-offset-checkpoint"), "topic 0 4", "topic 0 6"));
        Assert.InRange(fixture.Log.View.LogStartOffset.Value, 0, 4);
        Assert.Equal(20, fixture.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void A_topic_id_that_rots_is_known_by_its_seal_and_written_anew()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.Of(2));
        fixture.Commit();
        var id = LogFixture.Topic.ToString();
        var other = (id[0] == 'A' ? 'B' : 'A') + id[1..];
        fixture.Crash(folder => Replace(Path.Combine(folder, "partition.metadata"), id, other));
        Assert.Equal(2, fixture.Log.View.LogEndOffset.Value);
        Assert.Contains(id, File.ReadAllText(Path.Combine(fixture.LogFolder, "partition.metadata")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_damaged_and_is_cut_off_is_not_held_against_the_records_that_come_there()
    {
        using var fixture = new LogFixture();
        for (var i = 0; i < 10; i++) fixture.Append(Batches.Of(2));
        fixture.Commit();
        fixture.Log.Sync();
        fixture.Crash(folder => Flip(Directory.GetFiles(folder, "*.log")[0], (4 * Batches.Of(2).Length) + 70));
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, 8));
        fixture.Log.TruncateTo(new Offset(6));
        fixture.Append(Batches.Of(4));
        Assert.Equal(ErrorCode.None, Read(fixture, 8));
        fixture.Restart();
        Assert.Equal(ErrorCode.None, Read(fixture, 8));
    }

    private static ErrorCode Read(LogFixture fixture, long offset) =>
        fixture.Log.View.Read(new Offset(offset), 1 << 20, minOneBatch: true, Isolation.LogEnd).Error;

    private static void Replace(string path, string old, string with)
    {
        var text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, with, StringComparison.Ordinal));
    }

    private static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
