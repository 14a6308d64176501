using System.CommandLine;
using System.CommandLine.Parsing;
using StreamActors.Client.Admin;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary><c>streamactors group reset</c></summary>
internal sealed class GroupResetCommand : ClientCommand
{
    private readonly Argument<string> _group = new("group") { Description = "Name of the group. It must have no members; it need not exist." };
    private readonly ResetOptions _options = new();
    private readonly Option<bool> _undo = new("--undo") { Description = "Back to the offsets before the last reset; once more, and the reset is done again." };
    private readonly Option<bool> _execute = new("--execute") { Description = "Do it. Without this it is only shown what would be." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only show what would be. That is the default." };
    private readonly Option<OutputFormat> _output = CommandOptions.Output();

    public GroupResetCommand(CommandContext context)
        : base("reset", "Set the offsets of a group without members.", context)
    {
        Add(_group);
        _options.AddTo(this);
        Add(_undo);
        Add(_execute);
        Add(_dryRun);
        Add(_output);
        Validators.Add(Check);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var group = arguments.GetRequiredValue(_group);
        var options = ClientOptions(arguments);
        await using var groups = new KafkaGroups(options);
        await using var admin = new KafkaAdmin(options);
        if (await RefusalAsync(groups, group, cancellation) is { } refusal)
        {
            Context.WriteError(refusal);
            return (int)ExitCode.Failed;
        }

        var planner = new ResetPlanner(groups, admin, group);
        var (steps, faults) = arguments.GetValue(_undo)
            ? await planner.UndoAsync(cancellation)
            : await planner.PlanAsync(_options.Target(arguments)!, _options.Scope(arguments), cancellation);
        if (faults.Count > 0)
        {
            foreach (var fault in faults) Context.WriteError(fault);
            return (int)ExitCode.Failed;
        }

        var executes = arguments.GetValue(_execute);
        if (executes) await ExecuteAsync(groups, group, steps, cancellation);
        ListOutput.Write(
            Context.Out,
            arguments.GetValue(_output),
            ["group", "topic", "partition", "before", "after", "note"],
            steps.Select(step => new object?[] { group, step.Partition.Topic, step.Partition.Partition, step.Before, step.After, step.Note }));
        if (!executes) await Context.Error.WriteLineAsync("Nothing was changed: this is what --execute would do.");
        return (int)ExitCode.Ok;
    }

    private static async Task ExecuteAsync(KafkaGroups groups, string group, IReadOnlyList<ResetStep> steps, CancellationToken cancellation)
    {
        if (steps.Count == 0) return;
        // First what is before: should this end in between, an undo changes nothing.
        await ResetUndo.RememberAsync(groups, group, steps, cancellation);
        var set = steps.Where(step => step.After is not null).ToDictionary(step => step.Partition, step => new CommittedOffset(new Offset(step.After!.Value), LeaderEpoch.None, ""));
        if (set.Count > 0) await groups.CommitAsync(group, set, cancellation);
        var forget = steps.Where(step => step.After is null).Select(step => step.Partition).ToList();
        if (forget.Count > 0) await groups.ForgetAsync(group, forget, cancellation);
    }

    /// <summary>Members would go on where they are, and commit over it.</summary>
    private static async Task<string?> RefusalAsync(KafkaGroups groups, string groupId, CancellationToken cancellation)
    {
        try
        {
            var group = await groups.DescribeAsync(groupId, cancellation);
            if (group.Members.Count == 0 && group.State is "Empty" or "Dead") return null;
            var members = group.Members.Count == 0 ? "" : $", with {group.Members.Count} member(s): {string.Join(", ", group.Members.Take(5).Select(member => $"{member.ClientId}@{member.Host}"))}";
            return $"{ErrorCode.NonEmptyGroup.KafkaName()}: Offsets of group '{groupId}' can only be set while it has no members; it is in state {group.State}{members}.";
        }
        catch (KafkaException e) when (e.Code == ErrorCode.GroupIdNotFound)
        {
            return null;
        }
    }

    private void Check(CommandResult result)
    {
        var undoes = result.GetResult(_undo) is { Implicit: false };
        if (result.GetResult(_execute) is { Implicit: false } && result.GetResult(_dryRun) is { Implicit: false }) result.AddError("--execute and --dry-run exclude each other");
        if (_options.Fault(result, undoes) is { } fault) result.AddError(fault);
    }
}
