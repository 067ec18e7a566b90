namespace ModelAggregation.Glue.Execution;

/// <summary>Names of folders and files made of names of models.</summary>
internal static class FolderName
{
    private const int Longest = 100;

    /// <summary>Returns whether a text is a name of a folder on every system.</summary>
    public static bool IsPlain(string name) => name.Length is > 0 and <= Longest && name[0] != '.' && name[^1] != '.' && name.All(IsPlain);

    /// <summary>Makes a name for each model, of the last part of its reference, no two the same.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> models)
    {
        // Two that differ in case are one folder on some systems.
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        List<string> names = [];
        foreach (string model in models)
        {
            names.Add(Free(Of(model), taken));
        }

        return names;
    }

    /// <summary>Takes a name that is not taken yet: the one given, or else with a number.</summary>
    public static string Free(string name, HashSet<string> taken)
    {
        string free = name;
        for (int number = 2; !taken.Add(free); number++)
        {
            free = $"{name}-{number}";
        }

        return free;
    }

    private static string Of(string model)
    {
        string last = model.TrimEnd('/', '\\');
        last = last[(last.LastIndexOfAny(['/', '\\']) + 1)..];
        string plain = string.Concat(last.Select(letter => IsPlain(letter) ? letter : '_')).Trim('.');
        return plain.Length switch { 0 => "model", > Longest - 4 => plain[..(Longest - 4)].TrimEnd('.'), _ => plain };
    }

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.';
}
