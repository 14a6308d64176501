using System.CommandLine;
using System.CommandLine.Invocation;
using StreamActors.Cluster;

namespace StreamActors.Commands;

/// <summary>The command line: what there is, and how a run of it ends.</summary>
public static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CommandContext context, CancellationToken cancellation = default)
    {
        var root = Build(context);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
                context.WriteError(error.Message);
            context.Error.WriteLine($"Try: {CommandPath(parsed)} --help");
            return (int)ExitCode.Usage;
        }

        // The server stops on signals by itself and in its own time; so the library must not cut it off.
        var invocation = new InvocationConfiguration { Output = context.Out, Error = context.Error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        return await parsed.InvokeAsync(invocation, cancellation);
    }

    private static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand("StreamActors: event streaming that speaks the Apache Kafka protocol.")
        {
            new ServerCommand(context),
            new TopicCommand(context),
            new ProduceCommand(context),
            new ConsumeCommand(context),
            new Groups.GroupCommand(context),
            new Groups.WhyCommand(context),
        };
        foreach (var version in root.Options.OfType<VersionOption>())
            version.Recursive = true;
        return root;
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
            names.Push(command.Command is RootCommand ? "streamactors" : command.Command.Name);
        return string.Join(' ', names);
    }
}
