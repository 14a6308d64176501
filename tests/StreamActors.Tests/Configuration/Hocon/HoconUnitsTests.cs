using StreamActors.Configuration.Hocon;

namespace StreamActors.Tests.Configuration.Hocon;

public sealed class HoconUnitsTests
{
    [Theory]
    [InlineData("500", 500_000)]
    [InlineData("500ms", 500_000)]
    [InlineData("500 millis", 500_000)]
    [InlineData("1 millisecond", 1_000)]
    [InlineData("7us", 7)]
    [InlineData("7 micros", 7)]
    [InlineData("5000ns", 5)]
    [InlineData("5000 nanoseconds", 5)]
    [InlineData("10s", 10_000_000)]
    [InlineData("10 seconds", 10_000_000)]
    [InlineData("0.5s", 500_000)]
    [InlineData("5 minutes", 300_000_000)]
    [InlineData("1m", 60_000_000)]
    [InlineData("2h", 7_200_000_000)]
    [InlineData("1 day", 86_400_000_000)]
    [InlineData("-1s", -1_000_000)]
    public void Reads_durations(string text, long microseconds)
    {
        Assert.True(HoconUnits.TryDuration(text, out var duration));
        Assert.Equal(microseconds, duration.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    [Theory]
    [InlineData("512", 512)]
    [InlineData("512B", 512)]
    [InlineData("1 byte", 1)]
    [InlineData("512k", 512 * 1024)]
    [InlineData("512K", 512 * 1024)]
    [InlineData("64 KiB", 64 * 1024)]
    [InlineData("64Ki", 64 * 1024)]
    [InlineData("1 kB", 1000)]
    [InlineData("1 kilobyte", 1000)]
    [InlineData("2 kibibytes", 2048)]
    [InlineData("1 MB", 1_000_000)]
    [InlineData("1M", 1 << 20)]
    [InlineData("1 MiB", 1 << 20)]
    [InlineData("1.5 GiB", 1_610_612_736)]
    [InlineData("3g", 3_221_225_472)]
    [InlineData("1 TB", 1_000_000_000_000)]
    [InlineData("1 PiB", 1L << 50)]
    [InlineData("1 E", 1L << 60)]
    public void Reads_sizes(string text, long bytes)
    {
        Assert.True(HoconUnits.TrySize(text, out var size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("10 parsecs")]
    [InlineData("1 2s")]
    [InlineData("1e3s")]
    [InlineData("ten seconds")]
    [InlineData("99999999999d")]
    [InlineData("79228162514264337593543950335 d")]
    public void Refuses_what_is_no_duration(string text) => Assert.False(HoconUnits.TryDuration(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("1 mb")]
    [InlineData("1 KB")]
    [InlineData("1 QB")]
    [InlineData("16 E")]
    [InlineData("9223372036854775807 EB")]
    public void Refuses_what_is_no_size(string text) => Assert.False(HoconUnits.TrySize(text, out _));
}
