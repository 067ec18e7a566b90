namespace LoraFederation.Rounds;

/// <summary>What a run's journal adds up to: the finished rounds, and how far the one after them is. Safe to use from several threads.</summary>
internal sealed class RunHistory
{
    private readonly Lock _gate = new();
    private readonly List<string> _states;
    private readonly List<RunRecord> _finished = [];
    private readonly SortedDictionary<string, RunRecord> _outcomes = new(StringComparer.Ordinal);

    public RunHistory(string initialState, IEnumerable<RunRecord> records)
    {
        _states = [initialState];
        foreach (RunRecord record in records)
        {
            Add(record);
        }
    }

    /// <summary>The states that rounds started from; the last is that of the round to come.</summary>
    public IReadOnlyList<string> States => _states;

    public IReadOnlyList<RunRecord> Finished => _finished;

    /// <summary>The clients of the open round; null before they are selected.</summary>
    public IReadOnlyList<string>? Selected { get; private set; }

    /// <summary>What came of the clients of the open round so far, ordered by client.</summary>
    public IReadOnlyList<RunRecord> Outcomes
    {
        get
        {
            lock (_gate)
            {
                return [.. _outcomes.Values];
            }
        }
    }

    public void Add(RunRecord record)
    {
        lock (_gate)
        {
            switch (record.Kind)
            {
                case RunRecordKind.Started:
                    Selected = record.Clients;
                    break;
                case RunRecordKind.Failed:
                    foreach (string client in _outcomes.Keys.Except(record.Clients!, StringComparer.Ordinal).ToArray())
                    {
                        _outcomes.Remove(client);
                    }

                    break;
                case RunRecordKind.Finished:
                    _finished.Add(record);
                    _states.Add(record.State!);
                    _outcomes.Clear();
                    Selected = null;
                    break;
                default:
                    _outcomes[record.Client!] = record;
                    break;
            }
        }
    }
}
