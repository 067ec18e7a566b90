using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>One worker's places among the ties of each selection; it goes through a segment in order.</summary>
internal sealed class TieCursors(IReadOnlyList<TaskVector> vectors)
{
    private readonly TieCursor[] _cursors = new TieCursor[vectors.Count];
    private readonly TieCursor[] _before = new TieCursor[vectors.Count];
    private int _segment = -1;
    private long _start = -1;

    public ref TieCursor this[int vector] => ref _cursors[vector];

    /// <summary>Says which chunk comes next: the one behind the last, or the last one again.</summary>
    public void MoveTo(int segment, long start)
    {
        if (start == _start)
        {
            _before.CopyTo(_cursors, 0);
            return;
        }

        if (segment != _segment)
        {
            for (int i = 0; i < _cursors.Length; i++)
            {
                _cursors[i] = vectors[i].Sparsifier is KeepSelectedSparsifier { Selection: { KeepsAllTies: false } selection }
                    ? selection.CursorAt(segment)
                    : TieCursor.None;
            }
        }

        _cursors.CopyTo(_before, 0);
        _segment = segment;
        _start = start;
    }
}
