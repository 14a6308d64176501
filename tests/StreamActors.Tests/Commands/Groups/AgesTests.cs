using StreamActors.Commands.Groups;

namespace StreamActors.Tests.Commands.Groups;

public sealed class AgesTests
{
    [Theory]
    [InlineData("PT1H30M", 5400)]
    [InlineData("P7D", 604_800)]
    [InlineData("1h30m", 5400)]
    [InlineData("90s", 90)]
    [InlineData("2w", 1_209_600)]
    [InlineData("1d12h", 129_600)]
    [InlineData("1500ms", 1.5)]
    public void Lengths_of_time_are_read_in_both_ways_to_write_them(string text, double seconds)
    {
        Assert.True(Ages.TryParse(text, out var length));
        Assert.Equal(TimeSpan.FromSeconds(seconds), length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("-PT1H")]
    [InlineData("1")]
    [InlineData("h")]
    [InlineData("1x")]
    [InlineData("1h30")]
    [InlineData("0s")]
    [InlineData("99999999999999999999s")]
    [InlineData("9999999999999w")]
    public void What_is_none_is_refused(string text) => Assert.False(Ages.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.85, "850ms")]
    [InlineData(12.9, "12s")]
    [InlineData(200, "3m 20s")]
    [InlineData(180, "3m")]
    [InlineData(18_600, "5h 10m")]
    [InlineData(187_200, "2d 4h")]
    public void Ages_are_written_with_their_two_largest_parts(double seconds, string text) => Assert.Equal(text, Ages.Text(TimeSpan.FromSeconds(seconds)));
}
