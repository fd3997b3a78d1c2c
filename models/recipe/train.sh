#!/bin/sh
# Everything from scratch: pool, bank, a tree of networks with held-out folds, the final one, heads, metrics and card.
#   sh train.sh [shared folder] [work folder]
# Two cores: each pair runs its two trainings side by side. What has been finished is not done again. config.toml has every
# hyper-parameter: folds, seeds and processor minutes of each network too (what else the machine does changes how long a training
# takes, not what it gives).
set -eu
cd "$(dirname "$0")"
SHARED=${1:-../../../shared}
BANK=${2:-../../bank}
PYTHON=${PYTHON:-python3}
export OMP_NUM_THREADS=1
# Keep freed memory: otherwise every step's activations are fresh pages from the kernel.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456
mkdir -p "$BANK"

train() { # name in config.toml
    [ -e "$BANK/runs/$1/training.json" ] ||
        $PYTHON -m train.run --shared "$SHARED" --bank "$BANK" --run "$1" > "$BANK/$1.log" 2>&1
}
leaf() { # held-out fold
    train "fold$1"
    [ -e "$BANK/runs/fold$1/cross_validation.npz" ] ||
        $PYTHON -m evaluate.cross_validate --shared "$SHARED" --bank "$BANK" --run "$BANK/runs/fold$1" >> "$BANK/fold$1.log"
}

$PYTHON -m model.verify_reference --reference "$SHARED/reference/speechbrain"
[ ! -e "$SHARED/corpus/teacher" ] || $PYTHON -m model.verify_teacher --shared "$SHARED"
[ -e "$BANK/synthetic.npz" ] || $PYTHON -m data.synthesis --bank "$BANK"
[ -e "$BANK/teacher_head.json" ] || $PYTHON -m train.teacher_head --shared "$SHARED" --bank "$BANK" --out "$BANK/teacher_head.json"
$PYTHON -m data.make_bank --shared "$SHARED" --bank "$BANK" --share 0 2 &
$PYTHON -m data.make_bank --shared "$SHARED" --bank "$BANK" --share 1 2
wait $!
train root
train branch01 &
train branch23
wait $!
{ leaf 3; leaf 2; } &
{ leaf 1; leaf 0; }
wait $!
train final &
$PYTHON -m evaluate.summarise --shared "$SHARED" --runs "$BANK"/runs/fold[0-3] --out "$BANK/metrics.json"
$PYTHON -m evaluate.few_shot --shared "$SHARED" --bank "$BANK" --runs "$BANK"/runs/fold[0-3]
wait $!
$PYTHON -m export.finish --shared "$SHARED" --bank "$BANK" --run "$BANK/runs/final" --out "$BANK/export" --metrics "$BANK/metrics.json"
$PYTHON -m export.card --shared "$SHARED" --bank "$BANK" --out "$BANK/export/MODEL_CARD.md"
# Then, with the project built: node export/install-model.mjs "$BANK/export"
