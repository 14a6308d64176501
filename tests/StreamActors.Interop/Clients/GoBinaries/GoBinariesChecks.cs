using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.GoBinaries;

/// <summary>
/// One behaviour of Go's kafka-go or franz-go at a time, as the checks beside their binaries in <c>../shared/clients</c> judge it. The
/// binaries are static and serve as they are; they are test equipment, so where that folder is absent the tests are skipped.
/// </summary>
internal static class GoBinariesChecks
{
    public static async Task PassesAsync(BrokerProcess broker, string behaviour)
    {
        var check = Path.Combine(Places.Shared("clients")!, "check");
        var result = await Command.RunAsync(["/usr/bin/python3", check, broker.Bootstrap, behaviour], seconds: 400);
        Assert.True(result.ExitCode == 0 && result.Output.TrimEnd().EndsWith("1 passed, 0 failed", StringComparison.Ordinal), $"{result}");
    }
}
