namespace StreamActors.Commands;

/// <summary>What a command has of the process around it.</summary>
/// <param name="Environment">Value of an environment variable; null where there is none.</param>
public sealed record CommandContext(TextReader In, TextWriter Out, TextWriter Error, Func<string, string?> Environment)
{
    public static CommandContext OfProcess() =>
        new(Console.In, Console.Out, Console.Error, System.Environment.GetEnvironmentVariable);

    public void WriteError(string message) => Error.WriteLine($"streamactors: {message}");
}
