namespace StreamActors.Commands.Groups;

/// <summary>One reason why a group does not move, or that there is none: first the words, then the facts.</summary>
/// <param name="Code">A word for programs; it stays what it is.</param>
/// <param name="Words">A sentence for people.</param>
/// <param name="Facts">Names in camel case; numbers, texts and lists of texts.</param>
/// <param name="IsTrouble">False for what is as it should be.</param>
internal sealed record GroupFinding(string Code, string Words, IReadOnlyList<(string Name, object? Value)> Facts, bool IsTrouble = true)
{
    public static GroupFinding Trouble(string code, string words, params (string Name, object? Value)[] facts) => new(code, words, facts);

    public static GroupFinding Fine(string code, string words, params (string Name, object? Value)[] facts) => new(code, words, facts, IsTrouble: false);
}
