using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Parameters of one scope of a recipe, by name, in the order given. Immutable; compares by content.</summary>
public sealed class ParameterSet : IReadOnlyCollection<KeyValuePair<string, ParameterValue>>, IEquatable<ParameterSet>
{
    private readonly KeyValuePair<string, ParameterValue>[] _entries;

    /// <summary>Creates a set.</summary>
    /// <param name="entries">The values by name.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public ParameterSet(IEnumerable<KeyValuePair<string, ParameterValue>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        _entries = [.. entries];
        if (_entries.GroupBy(entry => entry.Key, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Parameter '{twice.Key}' is set twice in the same place.", nameof(entries));
        }
    }

    /// <summary>Gets a set without parameters.</summary>
    public static ParameterSet Empty { get; } = new([]);

    /// <inheritdoc />
    public int Count => _entries.Length;

    /// <summary>Finds a parameter.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">Its value.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out ParameterValue? value)
    {
        value = Array.Find(_entries, entry => string.Equals(entry.Key, name, StringComparison.Ordinal)).Value;
        return value is not null;
    }

    /// <summary>Returns a set with one parameter added or replaced.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">Its value.</param>
    public ParameterSet With(string name, ParameterValue value) =>
        new([.. _entries.Where(entry => !string.Equals(entry.Key, name, StringComparison.Ordinal)), KeyValuePair.Create(name, value)]);

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, ParameterValue>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, ParameterValue>>)_entries).GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc />
    public bool Equals(ParameterSet? other) => other is not null && _entries.SequenceEqual(other._entries);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as ParameterSet);

    /// <inheritdoc />
    public override int GetHashCode() => _entries.Aggregate(0, (hash, entry) => HashCode.Combine(hash, entry.Key, entry.Value));
}
