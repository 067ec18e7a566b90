using System.Collections.Concurrent;
using System.Globalization;
using DataShapley.Games;
using RunKit;

namespace DataShapley.Caching;

/// <summary>Values on the disk: what a process recorded, the next need not evaluate. It belongs to a utility, not to an estimator: another estimator or a larger budget goes on from it.</summary>
internal sealed class EvaluationJournal : IDisposable
{
    private readonly ConcurrentDictionary<UInt128, double[]> _values = new();
    private readonly RunJournal<EvaluationRecord> _journal;
    private readonly bool _isDeterministic;

    private EvaluationJournal(RunJournal<EvaluationRecord> journal, bool isDeterministic)
    {
        _journal = journal;
        _isDeterministic = isDeterministic;
    }

    public static EvaluationJournal Open(string path, IUtility utility)
    {
        EvaluationJournal journal = new(
            RunJournal.Open(path, $"{utility.Id}, {utility.PlayerCount.ToString(CultureInfo.InvariantCulture)} players", EvaluationJson.Default.EvaluationRecord), utility.IsDeterministic);
        foreach (EvaluationRecord record in journal._journal.Records)
        {
            if (!journal.TryTake(record))
            {
                journal.Dispose();
                throw new JournalException(
                    JournalError.Corrupt, $"The journal '{path}' holds {record.Keys.Length} keys with {record.Values.Length} values: it was not written by this library. Begin anew in another file.", path);
            }
        }

        return journal;
    }

    public bool TryGet(in UtilityRequest request, out double value)
    {
        bool isThere = _values.TryGetValue(EvaluationKey.Of(request, _isDeterministic), out double[]? values);
        value = isThere ? values![0] : double.NaN;
        return isThere;
    }

    public bool TryGet(ReadOnlySpan<int> order, int playerCount, ulong seed, out double[] values)
    {
        bool isThere = _values.TryGetValue(EvaluationKey.Of(order, playerCount, seed, _isDeterministic), out double[]? found);
        values = found ?? [];
        return isThere;
    }

    public void Add(IReadOnlyList<UtilityRequest> requests, IReadOnlyList<double> values) =>
        Add(new EvaluationRecord([.. requests.Select(request => Text(EvaluationKey.Of(request, _isDeterministic)))], [.. values]));

    // No order is drawn twice in a run: its values are for the next process alone.
    public void Add(ReadOnlySpan<int> order, int playerCount, ulong seed, double[] values) =>
        _journal.Append(new EvaluationRecord([Text(EvaluationKey.Of(order, playerCount, seed, _isDeterministic))], values));

    public bool TryGetBag(ReadOnlySpan<int> bag, int playerCount, ulong seed, out double[] scores)
    {
        bool isThere = _values.TryGetValue(EvaluationKey.OfBag(bag, playerCount, seed), out double[]? found) && found.Length == playerCount;
        scores = isThere ? [.. found!] : [];
        return isThere;
    }

    public void AddBag(ReadOnlySpan<int> bag, int playerCount, ulong seed, double[] scores) =>
        _journal.Append(new EvaluationRecord([Text(EvaluationKey.OfBag(bag, playerCount, seed))], scores));

    public void Dispose() => _journal.Dispose();

    private void Add(EvaluationRecord record)
    {
        _journal.Append(record);
        TryTake(record);
    }

    private static string Text(UInt128 key) => key.ToString("x32", CultureInfo.InvariantCulture);

    private bool TryTake(EvaluationRecord record)
    {
        if (record is not { Keys.Length: > 0, Values.Length: > 0 } || (record.Keys.Length > 1 && record.Keys.Length != record.Values.Length))
        {
            return false;
        }

        for (int i = 0; i < record.Keys.Length; i++)
        {
            if (!UInt128.TryParse(record.Keys[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 key))
            {
                return false;
            }

            _values[key] = record.Keys.Length == 1 ? record.Values : [record.Values[i]];
        }

        return true;
    }
}
