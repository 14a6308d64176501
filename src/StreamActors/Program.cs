using StreamActors.Commands;

return await CommandLine.RunAsync(args, CommandContext.OfProcess()).ConfigureAwait(false);
