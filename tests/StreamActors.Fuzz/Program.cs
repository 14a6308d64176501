using System.Diagnostics;
using System.Globalization;
using StreamActors.Fuzz;

// Fuzz TARGET [--seconds N] [--seed S]: tries mutated inputs until the time is over; a bug ends it with the seed that shows it again.
var targets = new Dictionary<string, Func<IFuzzTarget>>(StringComparer.Ordinal)
{
    ["frames"] = () => new FramesTarget(),
    ["batches"] = () => new BatchesTarget(),
};

if (args.Length == 0 || !targets.TryGetValue(args[0], out var create))
{
    Console.Error.WriteLine($"Fuzz {string.Join('|', targets.Keys)} [--seconds N] [--seed S]");
    return 2;
}

var seconds = Option("--seconds", 10);
var seed = Option("--seed", Environment.TickCount);
var target = create();
var tried = 0;
var accepted = 0;
for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds; tried++)
{
    try
    {
        if (target.Try(new Random(unchecked(seed + tried)))) accepted++;
    }
    catch (Exception bug)
    {
        Console.Error.WriteLine($"Found a bug; see it again with: Fuzz {args[0]} --seconds 1 --seed {unchecked(seed + tried)}\n{bug}");
        return 1;
    }
}

Console.WriteLine($"{args[0]}: {tried} inputs from seed {seed}, {accepted} accepted, {tried - accepted} refused, no bug");
return tried > 0 && accepted > 0 ? 0 : 1;

int Option(string name, int otherwise)
{
    var at = Array.IndexOf(args, name);
    return at < 0 || at + 1 == args.Length ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}
