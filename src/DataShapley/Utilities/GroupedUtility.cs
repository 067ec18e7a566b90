using DataShapley.Games;

namespace DataShapley.Utilities;

/// <summary>A utility whose players are groups of points of another, such as data sources or the clusters of an instruction set: a group joins with all its points.</summary>
/// <remarks>The value of a group is not the sum of its points' values. Points in no group never take part.</remarks>
public sealed class GroupedUtility : IUtility
{
    private readonly IUtility _points;
    private readonly ulong[][] _groups;

    /// <summary>Creates the utility.</summary>
    /// <param name="points">The utility of points.</param>
    /// <param name="groups">The points of each group, at least one; no point is in two.</param>
    /// <exception cref="ArgumentException">There is no group, a group is empty, or a point is in two.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such point.</exception>
    public GroupedUtility(IUtility points, IReadOnlyList<IReadOnlyList<int>> groups)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count);
        _points = points;
        _groups = new ulong[groups.Count][];
        using UtilityFingerprint fingerprint = new();
        fingerprint.Add(points.Id);
        int[] owners = new int[points.PlayerCount];
        Array.Fill(owners, -1);
        for (int group = 0; group < groups.Count; group++)
        {
            int[] members = [.. groups[group]];
            if (members.Length == 0)
            {
                throw new ArgumentException($"Group {group} has no points: leave it out, it is worth 0.", nameof(groups));
            }

            _groups[group] = Coalition.Of(points.PlayerCount, members).Words.ToArray();
            foreach (int member in members)
            {
                if (owners[member] >= 0 && owners[member] != group)
                {
                    throw new ArgumentException($"Point {member} is in the groups {owners[member]} and {group}: it belongs to one.", nameof(groups));
                }

                owners[member] = group;
            }
        }

        Id = fingerprint.Add(groups.Count).Add(owners).Finish("groups");
    }

    /// <inheritdoc />
    public string Id { get; }

    /// <summary>Gets the number of groups.</summary>
    public int PlayerCount => _groups.Length;

    /// <inheritdoc />
    public bool IsDeterministic => _points.IsDeterministic;

    /// <inheritdoc />
    public UtilityRange? Range => _points.Range;

    /// <inheritdoc />
    public int BatchSize => _points.BatchSize;

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return _points.EvaluateAsync([.. requests.Select(request => request with { Coalition = PointsOf(request.Coalition) })], cancellationToken);
    }

    /// <summary>Lists the points of some groups.</summary>
    /// <param name="groups">The groups.</param>
    public Coalition PointsOf(Coalition groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ulong[] words = new ulong[Coalition.WordCount(_points.PlayerCount)];
        foreach (int group in groups.ToArray())
        {
            for (int i = 0; i < words.Length; i++)
            {
                words[i] |= _groups[group][i];
            }
        }

        return Coalition.Adopt(_points.PlayerCount, words);
    }
}
