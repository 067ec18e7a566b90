using System.Diagnostics.CodeAnalysis;

namespace DataShapley.Datasets;

/// <summary>The fields of a record as text, in their order.</summary>
/// <remarks>
/// Numbers, booleans, arrays and objects are their JSON text; null is no field. Of two fields with one name the last counts.
/// A conversation (<c>messages</c> with <c>role</c> and <c>content</c>, or <c>conversations</c> with <c>from</c> and <c>value</c>) also answers to
/// <c>instruction</c> (what the user says), <c>output</c> (what the assistant says) and <c>system</c>, where the record has no such field:
/// the turns of that side, with a blank line between.
/// </remarks>
public sealed class RecordFields
{
    private readonly OrderedDictionary<string, string> _texts = new(StringComparer.Ordinal);

    internal RecordFields()
    {
    }

    /// <summary>Gets the names of the fields.</summary>
    public IReadOnlyList<string> Names => _texts.Keys;

    /// <summary>Gets the turns of a conversation; empty where the record is none.</summary>
    public IReadOnlyList<ChatTurn> Turns { get; internal set; } = [];

    /// <summary>Finds a field.</summary>
    /// <param name="name">Its name, exactly.</param>
    /// <param name="text">Its text.</param>
    /// <returns>False when the record has no such field.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out string? text)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_texts.TryGetValue(name, out text))
        {
            return true;
        }

        string[] roles = name switch
        {
            "instruction" => ["user", "human"],
            "output" => ["assistant", "gpt", "model"],
            "system" => ["system"],
            _ => [],
        };
        string[] said = [.. Turns.Where(turn => roles.Contains(turn.Role, StringComparer.OrdinalIgnoreCase)).Select(turn => turn.Content)];
        text = said.Length > 0 ? string.Join("\n\n", said) : null;
        return text is not null;
    }

    internal void Set(string name, string text) => _texts[name] = text;

    internal void Remove(string name) => _texts.Remove(name);
}
