"""How pages look that anybody may open: system fonts, no pictures, and on paper too."""

from typing import Final

CERTIFICATE: Final = """
*{box-sizing:border-box}
body{margin:0;min-height:100vh;padding:clamp(1rem,5vw,4rem);background:#f3efe8;color:var(--ink);
font:17px/1.55 "Source Sans 3","Segoe UI",system-ui,sans-serif}
main{max-width:44rem;margin:0 auto;background:#fffdfa;padding:clamp(1.6rem,6vw,4rem);
border:1px solid #e4dccf;outline:1px solid #e4dccf;outline-offset:-10px}
h1,h2,h3{font-family:"Noto Serif Display",Georgia,"Times New Roman",serif;font-weight:500;
line-height:1.15;margin:0}
h1{font-size:clamp(1.9rem,6vw,2.7rem);text-align:center}
h3{font-size:1.15rem;margin:2.2rem 0 .7rem;color:var(--accent)}
.house{margin:0 0 .9rem;text-align:center;letter-spacing:.16em;text-transform:uppercase;
font-size:.82rem;color:var(--accent)}
.verdict{display:flex;gap:1.1rem;align-items:center;margin:2.2rem 0;padding:1.2rem 1.4rem;
border:1px solid;border-left-width:6px;background:#f4f8f3;border-color:#4d7c57;color:#244a2d}
.verdict h2{font-size:1.3rem}.verdict p{margin:.25rem 0 0;color:#3c3a36}
.mark{font-size:1.7rem;line-height:1;width:3rem;height:3rem;flex:none;display:grid;
place-items:center;border-radius:50%;border:2px solid}
.replaced .verdict{background:#fbf6ea;border-color:#a87a1f;color:#6d4d0d}
.revoked .verdict,.damaged .verdict{background:#fbf0ee;border-color:#a8402f;color:#7a2417}
dl{display:grid;grid-template-columns:minmax(8rem,13rem) 1fr;gap:.3rem 1.2rem;margin:0}
dt{color:#736a5d}dd{margin:0;overflow-wrap:anywhere}
ul{list-style:none;margin:0;padding:0}li{padding:.45rem 0;border-top:1px solid #eee7dc}
li b{font-weight:600}li span{display:block;color:#736a5d}
.digest{margin:0;font:14px/1.6 ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
.small,footer{color:#736a5d;font-size:.88rem}.small{margin:.3rem 0 0}
footer{margin-top:2.4rem;border-top:1px solid #eee7dc;text-align:center}
@media(max-width:30rem){dl{grid-template-columns:1fr}dt{margin-top:.35rem}
.verdict{align-items:flex-start}}
@media print{body{background:#fff;padding:0}main{border:0;outline:0;max-width:none}}
""".replace("\n", "")
